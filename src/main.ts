#!/usr/bin/env node
// Process edge: arguments, environment, signals and the exit code. The only user of `process`.
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type CommandContext, exitCodes, type Format } from './commands/context.ts';
import { runProgram } from './commands/program.ts';
import { codeOf } from './model/errors.ts';
import { ansiStyle, plainStyle } from './output/style.ts';

const version = String(
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: unknown })
    .version,
);

// Values of authors come from files: a `__proto__` that slips through anywhere must find nothing to change.
Reflect.deleteProperty(Object.prototype, '__proto__');

// The watch library obeys it before its options, and then tells no events.
if (process.env['CHOKIDAR_USEPOLLING'] !== undefined) {
  process.stderr.write('packwatch: CHOKIDAR_USEPOLLING is ignored; PACKWATCH_WATCH=poll polls\n');
  delete process.env['CHOKIDAR_USEPOLLING'];
}

process.on('uncaughtException', (error) => endWithBug('uncaught error', error));
process.on('unhandledRejection', (reason) => endWithBug('unhandled rejection', reason));

function endWithBug(what: string, error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`packwatch: ${what}, a defect of this program: ${text.replaceAll('\n', ' | ')}\n`);
  process.exit(exitCodes.bug);
}

function createContext(format: Format, quiet: boolean): CommandContext {
  // An empty NO_COLOR says nothing, as its convention has it.
  const colour = process.stdout.isTTY && !process.env['NO_COLOR'] && format === 'text';
  return {
    version,
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    cores: availableParallelism(),
    format,
    quiet,
    style: colour ? ansiStyle : plainStyle,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    readFile: (path) => readFileSync(path, 'utf8'),
    inspectFile: (path) => {
      const stats = statSync(path);
      return {
        isRegular: stats.isFile(),
        isOurs: stats.uid === process.geteuid?.(),
        mode: stats.mode & 0o777,
      };
    },
    textForFrame: readTextForFrame,
    get stopRequested() {
      return stopRequested();
    },
    engine: process.versions.v8,
    onHangup: (act) => process.on('SIGHUP', act),
    onMoreLog: (act) => process.on('SIGUSR2', act),
    get stdin() {
      return process.stdin;
    },
  };
}

/** Files above this are not shown in a frame. */
const frameMaxBytes = 4 * 1024 * 1024;

/** Empty where there is no text to show: opening a FIFO, say, would wait for ever. */
function readTextForFrame(path: string): string {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= frameMaxBytes ? readFileSync(path, 'utf8') : '';
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return ''; // its diagnostic says that it cannot be read
  }
}

let stop: Promise<string> | undefined;
let isStopping = false;

/** What was left open, such as a socket or a file system whose other end is silent, is given this long to go. */
const lingerMs = 300;

/** The first signal asks; the second one ends the process at once. */
function stopRequested(): Promise<string> {
  stop ??= new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) process.exit(exitCodes.done);
        isStopping = true;
        resolve(signal);
      });
    }
  });
  return stop;
}

// A reader that leaves early (`packwatch check | head`) or a terminal that was closed is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

process.exitCode = await runProgram({
  argv: process.argv.slice(2),
  version,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  context: createContext,
});

// Everything is done; whatever is still open would only delay the end, once all was told.
setInterval(() => {
  if (process.stdout.writableLength + process.stderr.writableLength > 0) return;
  // An exit waits for the threads that wait for a file system; a signal does not.
  const isHeld = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
  if (isHeld) endBySignal();
  else process.exit();
}, lingerMs).unref();

function endBySignal(): void {
  process.stderr.write('packwatch: a file system does not answer; ended without waiting for it\n');
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}
