// `wait PATH|REF`: returns when exactly the bytes of a local file are live, or rejected; with a ref, those that lie on disk.
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Query } from '../client/exchange.ts';
import type { WaitAnswer } from '../model/wait.ts';
import { renderWait } from '../output/wait-text.ts';
import { isMistake, isRef, type Mistake, tellMistake, textOf } from './arguments.ts';
import { type CommandContext, type CommandInput, exitCodes } from './context.ts';
import { belowRoot, placeInPack, statOf, unlessRefused } from './place.ts';
import { printDocument } from './print.ts';
import { withDaemon } from './with-daemon.ts';

/** What is asked, and the root as it lies here, where it does: for the texts that diagnostics are about. */
type Asked = { readonly query: Query; readonly root: string | undefined };

/** Below the 300 s after which an HTTP client gives a silent server up. */
const turnS = 60;
const maxTimeoutS = 86_400;

export const wait = withDaemon(async (client, context, input) => {
  const timeoutS = readTimeout(input);
  if (isMistake(timeoutS)) return tellMistake(context, timeoutS);
  const asked = await readSubject(client, context, input);
  if (isMistake(asked)) return tellMistake(context, asked);
  const answer = await askInTurns(client, asked.query, timeoutS);
  tell(context, input, asked, answer);
  if (answer.state === 'live') return exitCodes.done;
  return answer.state === 'rejected' ? exitCodes.problems : exitCodes.timedOut;
});

function readTimeout(input: CommandInput): number | Mistake {
  const text = textOf(input, 'timeout') ?? '';
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : maxTimeoutS + 1;
  if (seconds <= maxTimeoutS) return seconds;
  return {
    mistake: `${JSON.stringify(text)} is no timeout: expected whole seconds from 0 to ${maxTimeoutS}`,
  };
}

async function readSubject(
  client: Client,
  context: CommandContext,
  input: CommandInput,
): Promise<Asked | Mistake> {
  const [argument = ''] = input.args;
  const source = textOf(input, 'source');
  if (isRef(argument)) return { query: { ref: argument, source }, root: undefined };
  const path = resolve(context.cwd, argument);
  const isGone = input.options['gone'] === true;
  const mistake = mistakeOf(argument, path, isGone);
  if (mistake !== undefined) return { mistake };
  const digest = isGone ? 'absent' : digestOf(path);
  if (digest === undefined) return { mistake: `${argument} cannot be read` };
  const { roots } = await client.status();
  // A root may be given by a link, here or there.
  const real = unlessRefused(() => realpathSync(path)) ?? path;
  const place = belowRoot(roots, path, source) ?? belowRoot(roots, real, source);
  const here = placeInPack(path);
  const found = place ?? { path: here.only, source };
  return {
    query: { ...found, digest },
    root: resolve(path, relative(`/${found.path}`, '/')),
  };
}

function mistakeOf(argument: string, path: string, isGone: boolean): string | undefined {
  const stats = statOf(path);
  if (isGone) return stats && `${argument} is there; --gone is for what was removed`;
  if (stats === undefined)
    return `${argument} does not exist; --gone waits until nothing of a file is served`;
  return stats.isFile() ? undefined : `${argument} is no file; give one file of a pack, or a ref`;
}

/** Undefined: it cannot be read. */
function digestOf(path: string): string | undefined {
  const bytes = unlessRefused(() => readFileSync(path));
  return bytes && createHash('sha256').update(bytes).digest('hex');
}

async function askInTurns(client: Client, query: Query, timeoutS: number): Promise<WaitAnswer> {
  for (let leftS = timeoutS; ; leftS -= turnS) {
    const answer = await client.wait(query, Math.min(leftS, turnS));
    if (answer.state !== 'timeout' || leftS <= turnS) return answer;
  }
}

function tell(context: CommandContext, { args }: CommandInput, { root }: Asked, answer: WaitAnswer): void {
  if (context.format === 'json') {
    printDocument(context, answer);
    return;
  }
  if (context.quiet && answer.state === 'live') return;
  const { style, columns = 100, cwd } = context;
  const files = [...new Set(answer.diagnostics.map(({ path }) => path))].map((path) => {
    const local = root === undefined ? undefined : join(root, path);
    return {
      path: local === undefined ? path : relative(cwd, local),
      text: local === undefined ? '' : context.textForFrame(local),
      diagnostics: answer.diagnostics.filter((one) => one.path === path),
    };
  });
  context.out(renderWait(answer, { style, columns, subject: args[0] ?? '', files }));
}
