// The program inside the test's own process: arguments in, texts and the exit code out. Nothing is started.
import { Readable } from 'node:stream';
import type { CommandContext } from '../../src/commands/context.ts';
import { runProgram } from '../../src/commands/program.ts';
import { ansiStyle, plainStyle } from '../../src/output/style.ts';

export type Ran = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  json<T = unknown>(): T;
};

export type Terminal = {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Of a terminal, which has colours. @default no terminal */
  readonly columns?: number;
  /** What is piped in. @default nothing may be asked for */
  readonly stdin?: Uint8Array;
};

export async function runHere(
  args: readonly string[],
  { env = {}, cwd = '/', columns, stdin }: Terminal = {},
): Promise<Ran> {
  let out = '';
  let err = '';
  const write = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const code = await runProgram({
    ...write,
    argv: args,
    version: '0.0.0',
    context: (format, quiet): CommandContext => ({
      ...write,
      ...{ version: '0.0.0', env, cwd, pid: 1, cores: 1, format, quiet, columns },
      style: columns === undefined ? plainStyle : ansiStyle,
      readFile: () => {
        throw new Error('no file is to be read');
      },
      inspectFile: () => {
        throw new Error('no file is to be looked at');
      },
      textForFrame: () => '',
      // To ask is to take the signals over: a command that did would not end by one any more.
      get stopRequested(): Promise<string> {
        throw new Error('no signal is to be asked for');
      },
      onHangup: () => undefined,
      engine: process.versions.v8,
      onMoreLog: () => undefined,
      get stdin(): AsyncIterable<Uint8Array> {
        if (stdin === undefined) throw new Error('nothing is to be read from outside');
        return Readable.from([stdin]);
      },
    }),
  });
  return { code, out, err, json: <T>() => JSON.parse(out) as T };
}
