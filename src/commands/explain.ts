// `explain PATH|REF`: why a file or a ref is registered or not, step by step.
import { resolve } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Query } from '../client/exchange.ts';
import { renderExplanation } from '../output/explain-text.ts';
import { isRef, textOf } from './arguments.ts';
import { type CommandContext, exitCodes } from './context.ts';
import { belowRoot } from './place.ts';
import { printDocument } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const explain = withDaemon(async (client, context, input) => {
  const [argument = ''] = input.args;
  const source = textOf(input, 'source');
  const query = isRef(argument)
    ? { ref: argument, source }
    : await placeOf(client, context, argument, source);
  const explanation = await client.explain(query);
  if (context.format === 'json') printDocument(context, explanation);
  else context.out(renderExplanation(explanation, { style: context.style, failedOnly: context.quiet }));
  return exitCodes.done;
});

/** A path that lies below a root of the daemon, seen from here, is asked for below that root; any other as it is given. */
async function placeOf(
  client: Client,
  { cwd }: CommandContext,
  argument: string,
  source: string | undefined,
): Promise<Query> {
  const { roots } = await client.status();
  return belowRoot(roots, resolve(cwd, argument), source) ?? { path: argument.replace(/^\.\//, ''), source };
}
