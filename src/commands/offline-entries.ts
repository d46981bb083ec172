// The commands that need neither a daemon nor a database.
import type { Entry } from './entry.ts';

const workflowArgument = {
  name: '<path>',
  help: 'a workflow file, or the file of an action that links one, inside its pack',
};

const actionOption = {
  flags: '--action <ref>',
  help: 'of the actions that link the file, the one it is taken for; default: the first by path',
};

const checkNotes = [
  'Formats:',
  '  text    a frame and a help for each problem; coloured on a terminal unless NO_COLOR is set',
  '  json    every file with its state and its problems',
  '  sarif   SARIF 2.1.0, for code scanning and editors',
  '  github  annotations of a GitHub Actions run, errors first',
  '',
  'Exit codes:',
  '  0       no error; warnings do not count without --strict',
  '  1       an invalid file',
  '  64      a path that does not exist, or an unknown flag',
  '  78      a bad setting',
];

const configNotes = [
  'A flag beats the environment, the environment a default. `dev` takes 100% for PACKWATCH_PRUNE_MAX and `warn` for',
  'PACKWATCH_LOG_LEVEL where they are not given. Every setting that cannot be used is told at once (exit 78).',
];

const heading = 'Without a database:';

export const offlineEntries: readonly Entry[] = [
  {
    heading,
    name: 'check',
    summary: 'validate roots, packs or files',
    takes: [{ name: '[path...]', help: 'roots, packs or files; none: the configured roots' }],
    formats: ['text', 'json', 'sarif', 'github'],
    notes: checkNotes,
    load: async () => (await import('./check.ts')).check,
  },
  {
    heading,
    name: 'render',
    summary: 'what each task of a workflow would receive, and which transitions fire and why',
    takes: [workflowArgument],
    options: [
      {
        flags: '--params <file>',
        help: 'YAML or JSON with parameters, vars, results of tasks, config, keystore, item and index',
      },
      actionOption,
    ],
    formats: ['text', 'json'],
    load: async () => (await import('./render.ts')).render,
  },
  {
    heading,
    name: 'graph',
    summary: 'draw the task graph of a workflow',
    takes: [workflowArgument],
    options: [
      {
        flags: '--as <notation>',
        help: 'what to draw it in',
        choices: ['mermaid', 'dot'],
        fallback: 'mermaid',
      },
      actionOption,
    ],
    formats: ['text', 'json'],
    load: async () => (await import('./graph.ts')).graph,
  },
  {
    heading,
    name: 'schema',
    summary: 'print the JSON Schema that editors use for workflow, action or pack files',
    takes: [
      { name: '[name]', help: 'workflow, action or pack; none: all of them in one document, under $defs' },
    ],
    settings: [],
    formats: ['text', 'json'],
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    heading,
    name: 'init',
    summary: 'write a new pack that works, to be changed into yours, with settings for editors',
    takes: [
      { name: '<dir>', help: 'directory to make, below a root; its last part becomes the ref of the pack' },
    ],
    settings: [],
    formats: ['text', 'json'],
    load: async () => (await import('./init.ts')).init,
  },
  {
    heading,
    name: 'config',
    summary: 'effective settings with their origin, without a secret',
    takes: [{ name: '[root...]', help: 'as given to the other commands' }],
    quiet: 'only what is not the default',
    notes: configNotes,
    formats: ['text', 'json'],
    load: async () => (await import('./config.ts')).configCommand,
  },
];
