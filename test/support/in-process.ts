// A command without a process of its own: arguments in, exit code and output out. For those that need no signals and no workers.
import { readFileSync } from 'node:fs';
import { runProgram } from '../../src/commands/program.ts';
import { plainStyle } from '../../src/output/style.ts';

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };

export async function runHere(args: readonly string[], cwd: string): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const out = (text: string) => {
    stdout += text;
  };
  const err = (text: string) => {
    stderr += text;
  };
  const code = await runProgram({
    ...{ argv: args, version: '0.0.0', out, err },
    context: (format, quiet) => ({
      ...{
        version: '0.0.0',
        env: {},
        cwd,
        pid: 1,
        cores: 1,
        format,
        quiet,
        style: plainStyle,
        columns: undefined,
      },
      ...{ out, err },
      readFile: (path) => readFileSync(path, 'utf8'),
      inspectFile: () => ({ isRegular: true, isOurs: true, mode: 0o600 }),
      textForFrame: () => '',
      stopRequested: new Promise<string>(() => undefined),
      onHangup: () => undefined,
      onMoreLog: () => undefined,
    }),
  });
  return { code, stdout, stderr };
}
