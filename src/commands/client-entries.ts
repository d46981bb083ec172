// The commands that talk to a running daemon.
import type { CommandOption, Entry } from './entry.ts';

const refArgument = { name: '<ref>', help: 'the workflow: PACK.NAME' };
const packArgument = { name: '<ref>', help: 'the pack: as `packwatch pack list` tells it' };
const batchArgument = { name: '<batch>', help: 'as `packwatch held` tells it' };
const sourceOption: CommandOption = {
  flags: '--source <name>',
  help: 'of this source alone: root:NAME or api',
};
const limitOption: CommandOption = {
  flags: '--limit <number>',
  help: 'at most so many rows; all unless given',
};
/** What a list of workflows is narrowed by. */
const narrowing: readonly CommandOption[] = [
  { flags: '--pack <ref>', help: 'of this pack alone' },
  { flags: '--tag <tags>', help: 'with all of these tags, separated by commas' },
  { flags: '--any-tag <tags>', help: 'with one of these tags, separated by commas' },
  {
    flags: '--status <states>',
    help: 'in one of these states, separated by commas: active, degraded, retired',
    fallback: 'active,degraded',
  },
  { flags: '--enabled', help: 'only those that executors get' },
  { flags: '--disabled', help: 'only those that are disabled' },
  sourceOption,
];
const exits = [
  'Exit codes: 0 done; 1 the daemon refused; 64 usage; 69 no daemon or no database answers;',
  '70 the daemon failed by a defect; 78 a setting is bad, or the token is not good for this.',
];

const shared = {
  heading: 'Of a running daemon:',
  settings: ['url', 'token'],
  formats: ['text', 'json'],
  notes: exits,
} as const satisfies Partial<Entry>;

const decisions = 'say nothing when it is done';

const catalogue: readonly Entry[] = [
  {
    ...shared,
    name: 'status',
    summary: 'roots, watcher, lag, counts, leader',
    quiet: 'say only why it is not ready',
    load: async () => (await import('./status.ts')).status,
  },
  {
    ...shared,
    name: 'list',
    summary: 'the workflows of the catalogue, all of them, by ref',
    quiet: 'print the refs alone',
    options: [
      ...narrowing,
      { flags: '--sort <key>', help: 'order of the rows', choices: ['ref', 'label', 'updated', '-updated'] },
      limitOption,
    ],
    load: async () => (await import('./catalogue.ts')).list,
  },
  {
    ...shared,
    name: 'search',
    summary: 'workflows by the beginnings of words, best first',
    takes: [
      {
        name: '<text...>',
        help: 'words; each must begin a word of ref, label, description, a tag, a task or an action',
      },
    ],
    quiet: 'print the refs alone',
    options: [...narrowing, limitOption],
    load: async () => (await import('./catalogue.ts')).search,
  },
  {
    ...shared,
    name: 'show',
    summary: 'one workflow: what is served, what lies on disk, parameters, tasks',
    takes: [refArgument],
    options: [{ flags: '--yaml', help: 'print the served revision as it was written, and nothing else' }],
    load: async () => (await import('./show.ts')).show,
  },
  {
    ...shared,
    name: 'problems',
    summary: 'every file with an error or not served as it stands, and why',
    options: [
      { flags: '--pack <ref>', help: 'of this pack alone' },
      {
        flags: '--state <states>',
        help: 'separated by commas: invalid, unreadable, conflict, valid, ignored',
      },
      sourceOption,
    ],
    quiet: 'print the paths alone',
    load: async () => (await import('./problems.ts')).problems,
  },
  {
    ...shared,
    name: 'explain',
    summary: 'why a file or ref is (not) registered, step by step',
    takes: [{ name: '<path|ref>', help: 'a path below a root, or from here where the root is; or a ref' }],
    options: [sourceOption],
    quiet: 'print only the steps that failed',
    load: async () => (await import('./explain.ts')).explain,
  },
];

const waiting: Entry = {
  ...shared,
  name: 'wait',
  summary: 'return when exactly these bytes are live, or rejected',
  takes: [
    { name: '<path|ref>', help: 'a file here, whose bytes are meant; or a ref, as its file lies on disk' },
  ],
  options: [
    { flags: '--timeout <seconds>', help: 'how long at most; 0 tells what is known already', fallback: '30' },
    { flags: '--source <name>', help: 'the root of the file, where the daemon has several: root:NAME' },
    { flags: '--gone', help: 'the file is removed: wait until nothing of it is served' },
  ],
  quiet: 'say only why it is not live',
  notes: [
    'Exit codes: 0 live; 1 rejected, or the daemon refused; 3 timed out; 64 usage; 69 no daemon or no database',
    'answers; 70 the daemon failed by a defect; 78 a setting is bad, or the token is not good for this.',
  ],
  load: async () => (await import('./wait.ts')).wait,
};

const history: readonly Entry[] = [
  {
    ...shared,
    name: 'history',
    summary: 'the revisions of a workflow, newest first',
    takes: [refArgument],
    quiet: 'print the numbers alone',
    load: async () => (await import('./history.ts')).history,
  },
  {
    ...shared,
    name: 'diff',
    summary: 'what changed between two revisions of a workflow',
    takes: [
      refArgument,
      { name: '[a]', help: 'number of the older one; default: the one before B' },
      { name: '[b]', help: 'number of the newer one; default: the one that is served' },
    ],
    options: [{ flags: '--text', help: 'the texts as written, line by line, comments too' }],
    quiet: 'say nothing when they are the same',
    load: async () => (await import('./diff.ts')).diff,
  },
  {
    ...shared,
    name: 'rollback',
    summary: 'serve an earlier revision until the file changes again',
    takes: [refArgument, { name: '<number>', help: 'as `packwatch history` tells it' }],
    quiet: decisions,
    load: async () => (await import('./rollback.ts')).rollback,
  },
];

const overlays = [
  ['unpin', 'end a rollback: serve what lies on disk again'],
  ['enable', 'give a workflow to executors again'],
  ['disable', 'keep a workflow from executors, through every reload'],
  ['protect', 'keep a workflow served though its file goes'],
  ['unprotect', 'let a workflow go with its file again'],
] as const;

const operating: readonly Entry[] = [
  ...overlays.map(
    ([name, summary]): Entry => ({
      ...{ ...shared, name, summary, takes: [refArgument], quiet: decisions },
      load: async () => (await import('./overlay.ts')).overlayCommand(name),
    }),
  ),
  {
    ...shared,
    name: 'held',
    summary: 'removals that wait for a person',
    options: [
      {
        flags: '--state <state>',
        help: 'those in this state instead',
        choices: ['open', 'approved', 'rejected', 'expired'],
      },
    ],
    quiet: 'print the batches alone',
    load: async () => (await import('./held.ts')).held,
  },
  {
    ...shared,
    name: 'approve',
    summary: 'agree to held removals',
    takes: [batchArgument],
    quiet: decisions,
    load: async () => (await import('./held.ts')).decideCommand('approve'),
  },
  {
    ...shared,
    name: 'reject',
    summary: 'refuse held removals: what they are about stays served',
    takes: [batchArgument],
    quiet: decisions,
    load: async () => (await import('./held.ts')).decideCommand('reject'),
  },
  {
    ...shared,
    name: 'pack install',
    summary: 'register a pack from a tar.gz or a directory, all of it or nothing',
    takes: [{ name: '<file|dir>', help: 'a tar.gz of one pack, its directory, or - for what is piped in' }],
    options: [{ flags: '--replace', help: 'in place of what was installed before, if it was' }],
    quiet: decisions,
    load: async () => (await import('./pack.ts')).packInstall,
  },
  {
    ...shared,
    name: 'pack remove',
    summary: 'retire an installed pack with all its definitions',
    takes: [packArgument],
    quiet: decisions,
    load: async () => (await import('./pack.ts')).packRemove,
  },
  {
    ...shared,
    name: 'pack list',
    summary: 'packs that were installed, not those under a root',
    quiet: 'print the refs alone',
    load: async () => (await import('./pack.ts')).packList,
  },
  {
    ...shared,
    name: 'source list',
    summary: 'sources that the registry knows, and who leads them',
    quiet: 'print the names alone',
    load: async () => (await import('./source.ts')).sourceList,
  },
  {
    ...shared,
    name: 'source forget',
    summary: 'retire what a root left behind that is no longer configured',
    takes: [{ name: '<name>', help: 'root:NAME, or NAME alone' }],
    options: [{ flags: '--yes', help: 'do it; without it, only say what would be retired' }],
    quiet: decisions,
    load: async () => (await import('./source.ts')).sourceForget,
  },
];

/** In the order of the help. */
export const clientEntries: readonly Entry[] = [...catalogue, waiting, ...history, ...operating];
