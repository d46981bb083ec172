// Arguments → a command. The only user of commander; what a command needs is loaded when it is called.
import { Argument, CommanderError, Option, Command as Program } from 'commander';
import { settings } from '../config.ts';
import { clientEntries } from './client-entries.ts';
import { type CommandContext, exitCodes, type Format } from './context.ts';
import type { Entry } from './entry.ts';
import { offlineEntries } from './offline-entries.ts';

const rootArgument = {
  name: '[root...]',
  help: 'roots to work on instead of the configured ones: path or name=path',
};

const entries: readonly Entry[] = [
  {
    name: 'run',
    heading: 'The daemon:',
    summary: 'watch the roots, register what lies there, serve HTTP',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'dev',
    heading: 'The daemon:',
    summary: 'run, for an author: live output with a frame for each problem',
    takes: [rootArgument],
    formats: ['text'],
    load: async () => (await import('./dev.ts')).dev,
  },
  ...offlineEntries,
  {
    name: 'plan',
    heading: 'With the database alone:',
    summary: 'say what a pass would do and why, changing nothing',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./plan.ts')).plan,
  },
  {
    name: 'sync',
    heading: 'With the database alone:',
    summary: 'one pass, then exit',
    takes: [rootArgument],
    formats: ['text', 'json'],
    load: async () => (await import('./sync.ts')).sync,
  },
  {
    name: 'migrate',
    heading: 'With the database alone:',
    summary: 'bring the database schema up to date',
    formats: ['text', 'json'],
    load: async () => (await import('./migrate.ts')).migrateCommand,
  },
  ...clientEntries,
];

/** What the first word of a command of two words stands for. */
const groups: Readonly<Record<string, string>> = {
  source: 'list, forget: where definitions come from, and what a root left behind',
};

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
    const command = addCommand(program, entry);
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

/** Below its group, which is made when the first of it is added. */
function addCommand(program: Program, { name, summary, heading }: Entry): Program {
  const words = name.split(' ');
  const own = words.pop() ?? name;
  const [group] = words;
  const parent = group === undefined ? program : groupOf(program, group, heading);
  const command = parent.command(own).description(summary).copyInheritedSettings(program);
  return group === undefined ? command.helpGroup(heading) : command;
}

function groupOf(program: Program, name: string, heading: string): Program {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  return program
    .command(name)
    .description(groups[name] ?? '')
    .helpGroup(heading)
    .helpCommand(false)
    .copyInheritedSettings(program);
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
  command.option('--quiet', entry.quiet ?? 'say only what is wrong');
  if (entry.notes) command.addHelpText('after', `\n${entry.notes.join('\n')}`);
  for (const setting of settings) {
    if (entry.settings && !entry.settings.includes(setting.key)) continue;
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
