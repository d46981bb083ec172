// Arguments → a command. The only user of commander; what a command needs is loaded when it is called.
import { Argument, CommanderError, Option, Command as Program } from 'commander';
import { settings } from '../config.ts';
import { type Command, type CommandContext, exitCodes } from './context.ts';

type Entry = {
  readonly name: string;
  readonly summary: string;
  readonly argument?: { readonly name: string; readonly help: string };
  readonly formats: readonly string[];
  load(): Promise<Command>;
};

const rootArgument = {
  name: '[root...]',
  help: 'roots to work on instead of the configured ones: path or name=path',
};

const entries: readonly Entry[] = [
  {
    name: 'run',
    summary: 'watch the roots, register what lies there, serve HTTP',
    argument: rootArgument,
    formats: ['text', 'json'],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'dev',
    summary: 'run, for an author: live output with a frame for each problem',
    argument: rootArgument,
    formats: ['text'],
    load: async () => (await import('./dev.ts')).dev,
  },
  {
    name: 'check',
    summary: 'validate roots, packs or files, without a database',
    argument: { name: '[path...]', help: 'roots, packs or files; none: the configured roots' },
    formats: ['text', 'json'],
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'plan',
    summary: 'say what a pass would do and why, changing nothing',
    argument: rootArgument,
    formats: ['text', 'json'],
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    name: 'sync',
    summary: 'one pass, then exit',
    argument: rootArgument,
    formats: ['text', 'json'],
    load: async () => (await import('./sync.ts')).sync,
  },
  {
    name: 'migrate',
    summary: 'bring the database schema up to date',
    formats: ['text', 'json'],
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
];

/** What the process offers, but for what the flags decide. */
export type ProgramInput = {
  /** Without node and script. */
  readonly argv: readonly string[];
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
  context(format: 'text' | 'json', quiet: boolean): CommandContext;
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
    if (entry.argument) command.addArgument(new Argument(entry.argument.name, entry.argument.help));
    command.addOption(
      new Option('--format <format>', 'output for people or one JSON document')
        .choices(entry.formats)
        .default('text'),
    );
    command.option('--quiet', 'say only what is wrong');
    for (const setting of settings) {
      const flag = setting.isSwitch ? setting.flag : `${setting.flag} <value>`;
      command.addOption(
        new Option(flag, `${setting.help} (${setting.variable}, default ${setting.default})`),
      );
    }
    command.action(async (...parameters: unknown[]) => {
      const args = entry.argument ? (parameters[0] as readonly string[]) : [];
      const { format, quiet, flags } = split(command.opts());
      const run = await entry.load();
      exitCode = await run(input.context(format, quiet), { flags, args });
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

/** Commander's names (`settleMs`) back to flags (`settle-ms`), apart from the flags that every command has. */
function split(options: Record<string, unknown>) {
  const flags: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(options)) {
    if (name === 'format' || name === 'quiet') continue;
    const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value === 'string' || typeof value === 'boolean') flags[flag] = value;
  }
  return {
    format: options['format'] === 'json' ? ('json' as const) : ('text' as const),
    quiet: options['quiet'] === true,
    flags,
  };
}
