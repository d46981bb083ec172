// `explain PATH|REF`: why a file or a ref is registered or not, step by step.
import { relative, resolve, sep } from 'node:path';
import type { Client } from '../client/client.ts';
import type { Query } from '../client/exchange.ts';
import { renderExplanation } from '../output/explain-text.ts';
import { isRef, textOf } from './arguments.ts';
import { type CommandContext, exitCodes } from './context.ts';
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
  const path = resolve(cwd, argument);
  for (const root of roots) {
    const below = relative(root.path, path);
    const isInside = below !== '' && below !== '..' && !below.startsWith(`..${sep}`);
    if (isInside && (source === undefined || source === root.source)) {
      return { path: below.split(sep).join('/'), source: root.source };
    }
  }
  return { path: argument.replace(/^\.\//, ''), source };
}
