// What a command is given of the process, and the exit codes it may answer with.
import type { FileFacts } from '../config/tokens.ts';
import type { ConfigProblem } from '../config.ts';
import { AppError } from '../model/errors.ts';
import type { Style } from '../output/style.ts';

/** Contract §3. */
export const exitCodes = {
  done: 0,
  problems: 1,
  changes: 2,
  timedOut: 3,
  usage: 64,
  unreachable: 69,
  bug: 70,
  led: 75,
  configuration: 78,
} as const;

/** Text for people, or one document for programs; a command offers those it has. */
export type Format = 'text' | 'json' | 'sarif' | 'github';

export type CommandContext = {
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly pid: number;
  readonly cores: number;
  /** Version of V8. */
  readonly engine: string;
  readonly format: Format;
  readonly quiet: boolean;
  readonly style: Style;
  /** Columns of the terminal; undefined when stdout is none. */
  readonly columns: number | undefined;
  out(text: string): void;
  err(text: string): void;
  readFile(path: string): string;
  inspectFile(path: string): FileFacts;
  /** An author's file as it is now, to show a part of; empty when it is none that can be shown. Never throws, never waits. */
  textForFrame(path: string): string;
  /** Resolves with the first signal that asks to stop; a second one ends the process at once. */
  stopRequested: Promise<string>;
  /** Called for SIGHUP. */
  onHangup(act: () => void): void;
  /** Called for SIGUSR2. */
  onMoreLog(act: () => void): void;
  /** What is piped in. To ask is to wait for it. */
  readonly stdin: AsyncIterable<Uint8Array>;
};

export type CommandInput = {
  /** Of settings, by name without dashes. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  /** Of the command alone, likewise. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Positional arguments. */
  readonly args: readonly string[];
};

export type Command = (context: CommandContext, input: CommandInput) => Promise<number>;

/** Configuration problems, all of them, one a line. */
export function tellProblems(context: CommandContext, problems: readonly ConfigProblem[]): number {
  for (const problem of problems) context.err(`packwatch: ${problem.message}\n`);
  return exitCodes.configuration;
}

/** What a failure of the environment means to the caller of the program. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) return exitCodes.bug;
  switch (error.code) {
    case 'database_unreachable':
    case 'embedded_failed':
    case 'daemon_unreachable':
      return exitCodes.unreachable;
    case 'lease_held':
      return exitCodes.led;
    case 'schema_incompatible':
    case 'embedded_missing':
    case 'embedded_unusable':
    case 'listen_failed':
      return exitCodes.configuration;
    case 'aborted':
      return exitCodes.done;
    case 'database_refused':
      return exitCodes.bug;
    default:
      return error.code satisfies never;
  }
}
