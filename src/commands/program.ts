// Arguments → a command. The only user of commander; what a command needs is loaded when it is called.
import { Argument, CommanderError, Option, Command as Program } from 'commander';
import { settings } from '../config.ts';
import { type Command, type CommandContext, exitCodes, type Format } from './context.ts';

type Entry = {
  readonly name: string;
  readonly summary: string;
  /** In order, in the notation of commander: `<ref>`, `[number]`, `[path...]`. */
  readonly takes?: readonly { readonly name: string; readonly help: string }[];
  /** Flags of this command alone; their values are in `CommandInput.options` under the name without dashes. */
  readonly options?: readonly CommandOption[];
  readonly formats: readonly Format[];
  /** Shown below the flags. */
  readonly notes?: string;
  /** False where no setting has a meaning: none is offered. @default true */
  readonly needsSettings?: boolean;
  load(): Promise<Command>;
};

type CommandOption = {
  /** In the notation of commander: `--as <notation>`, `--strict`. */
  readonly flags: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
};

const rootArgument = {
  name: '[root...]',
  help: 'roots to work on instead of the configured ones: path or name=path',
};

const checkNotes = `
Formats:
  text    a frame and a help for each problem; coloured on a terminal unless NO_COLOR is set
  json    every file with its state and its problems
  sarif   SARIF 2.1.0, for code scanning and editors
  github  annotations of a GitHub Actions run, errors first

Exit codes:
  0       no error; warnings do not count without --strict
  1       an invalid file
  64      a path that does not exist, or an unknown flag
  78      a bad setting`;
const workflowArgument = {
  name: '<path>',
  help: 'a workflow file, or the file of an action that links one, inside its pack',
};

const actionOption = {
  flags: '--action <ref>',
  help: 'of the actions that link the file, the one it is taken for; default: the first by path',
};

const entries: readonly Entry[] = [
  {
    name: 'run',
    summary: 'watch the roots, register what lies there, serve HTTP',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'dev',
    summary: 'run, for an author: live output with a frame for each problem',
    takes: [rootArgument],
    formats: ['text'],
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'check',
    summary: 'validate roots, packs or files, without a database',
    takes: [{ name: '[path...]', help: 'roots, packs or files; none: the configured roots' }],
    formats: ['text', 'json', 'sarif', 'github'],
    notes: checkNotes,
    load: async () => (await import('./check.ts')).check,
  },
  {
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
    name: 'plan',
    summary: 'say what a pass would do and why, changing nothing',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    name: 'sync',
    summary: 'one pass, then exit',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./sync.ts')).sync,
  },
  {
    name: 'migrate',
    summary: 'bring the database schema up to date',
    formats: ['text', 'json'],
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema that editors use for workflow, action or pack files',
    takes: [
      { name: '[name]', help: 'workflow, action or pack; none: all of them in one document, under $defs' },
    ],
    formats: ['text', 'json'],
    needsSettings: false,
    load: async () => (await import('./schema.ts')).schema,
  },
  {
    name: 'init',
    summary: 'write a new pack that works, to be changed into yours, with settings for editors',
    takes: [
      { name: '<dir>', help: 'directory to make, below a root; its last part becomes the ref of the pack' },
    ],
    formats: ['text', 'json'],
    needsSettings: false,
    load: async () => (await import('./init.ts')).init,
  },
];

/** What the process offers, but for what the flags decide. */
export type ProgramInput = {
  /** Without node and script. */
  readonly argv: readonly string[];
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
  context(format: Format, quiet: boolean): CommandContext;
};

/** Parses the arguments and runs the command; resolves with the exit code. */
export async function runProgram(input: ProgramInput): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = new Program('packwatch')
    .description('Keeps a Postgres registry of workflow definitions equal to the YAML packs on disk.')
    .version(input.version, '--version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: input.out, writeErr: input.err });
  for (const entry of entries) {
    const command = program.command(entry.name).description(entry.summary).copyInheritedSettings(program);
    declare(command, entry);
    command.action(async (...parameters: unknown[]) => {
      const args = parameters
        .slice(0, entry.takes?.length ?? 0)
        .flat()
        .filter(isString);
      const { format, quiet, options, flags } = split(command.opts(), entry);
      const run = await entry.load();
      exitCode = await run(input.context(format, quiet), { flags, options, args });
    });
  }
  try {
    await program.parseAsync([...input.argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Asked for: help and version. Anything else commander has already told.
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  }
  return exitCode;
}

function declare(command: Program, entry: Entry): void {
  for (const { name, help } of entry.takes ?? []) command.addArgument(new Argument(name, help));
  for (const { flags, help, choices, fallback } of entry.options ?? []) {
    const option = new Option(flags, help);
    if (choices) option.choices(choices);
    if (fallback !== undefined) option.default(fallback);
    command.addOption(option);
  }
  command.addOption(
    new Option('--format <format>', 'output for people, or one document for programs')
      .choices(entry.formats)
      .default('text'),
  );
  command.option('--quiet', 'say only what is wrong');
  if (entry.notes !== undefined) command.addHelpText('after', entry.notes);
  for (const setting of entry.needsSettings === false ? [] : settings) {
    const flag = setting.isSwitch ? setting.flag : `${setting.flag} <value>`;
    command.addOption(new Option(flag, `${setting.help} (${setting.variable}, default ${setting.default})`));
  }
}

/** Commander's names (`settleMs`) back to flags (`settle-ms`): those of the command, those of settings, those of all. */
function split(values: Record<string, unknown>, entry: Entry) {
  const own = new Set(entry.options?.map(({ flags }) => new Option(flags).attributeName()));
  const flags: Record<string, string | boolean> = {};
  const options: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    if (name === 'format' || name === 'quiet') continue;
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value === 'string' || typeof value === 'boolean')
      (own.has(name) ? options : flags)[flag] = value;
  }
  const format = entry.formats.find((one) => one === values['format']) ?? 'text';
  return { format, quiet: values['quiet'] === true, options, flags };
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
