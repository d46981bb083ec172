// A command run inside the test's own process, with a context made up for it: quicker than a process, and without a terminal.
import { readFileSync } from 'node:fs';
import type { CommandContext } from '../../src/commands/context.ts';
import { runProgram } from '../../src/commands/program.ts';
import { codeOf } from '../../src/model/errors.ts';
import { ansiStyle, plainStyle } from '../../src/output/style.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  /** A terminal of so many columns instead of a pipe. */
  readonly columns?: number;
  /** @default empty */
  readonly env?: CommandContext['env'];
};

/** Runs `packwatch ARGS` in `cwd`. Only for commands that end by themselves. */
export async function runInProcess(
  cwd: string,
  args: readonly string[],
  { columns, env = {} }: RunOptions = {},
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const out = (text: string): void => {
    stdout += text;
  };
  const err = (text: string): void => {
    stderr += text;
  };
  const context = (format: CommandContext['format'], quiet: boolean): CommandContext => ({
    ...{ version: '0.0.0', env, cwd, pid: process.pid, cores: 1, format, quiet, columns, out, err },
    style: columns === undefined ? plainStyle : ansiStyle,
    readFile: (path) => readFileSync(path, 'utf8'),
    inspectFile: () => ({ isRegular: true, isOurs: true, mode: 0o600 }),
    textForFrame: readOrNothing,
    stopRequested: new Promise(() => undefined),
    onHangup: () => undefined,
    engine: process.versions.v8,
    onMoreLog: () => undefined,
    get stdin(): never {
      throw new Error('nothing is to be read from outside');
    },
  });
  const code = await runProgram({ argv: args, version: '0.0.0', out, err, context });
  return { code, stdout, stderr };
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return '';
  }
}
