// `list` and `search`: workflows of the catalogue, every page of them.
import type { Client } from '../client/client.ts';
import type { Query } from '../client/exchange.ts';
import { renderWorkflows } from '../output/catalogue-text.ts';
import { isMistake, readNumber, tellMistake, textOf, wordsOf } from './arguments.ts';
import { type CommandContext, type CommandInput, exitCodes } from './context.ts';
import { printDocument, printNames, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const list = withDaemon(async (client, context, input) => {
  const query: Query = { ...narrowedBy(input), sort: textOf(input, 'sort') };
  return printWorkflows(client, context, input, query, 'no workflow');
});

export const search = withDaemon(async (client, context, input) => {
  const text = input.args.join(' ');
  const query: Query = { ...narrowedBy(input), q: text };
  return printWorkflows(client, context, input, query, 'nothing matches');
});

function narrowedBy(input: CommandInput): Query {
  const isOneOf = (name: string) => input.options[name] === true;
  return {
    pack: textOf(input, 'pack'),
    tag: wordsOf(input, 'tag'),
    tags_any: textOf(input, 'any-tag'),
    status: textOf(input, 'status'),
    // Those of either kind are all there are.
    enabled: isOneOf('enabled') === isOneOf('disabled') ? undefined : String(isOneOf('enabled')),
    source: textOf(input, 'source'),
  };
}

async function printWorkflows(
  client: Client,
  context: CommandContext,
  input: CommandInput,
  query: Query,
  nothing: string,
): Promise<number> {
  const limit = readNumber(input.options['limit'], 'number of rows');
  if (isMistake(limit)) return tellMistake(context, limit);
  const { rows, total } = await client.workflows(query, limit);
  if (context.format === 'json') printDocument(context, rows);
  else if (context.quiet)
    printNames(
      context,
      rows.map(({ ref }) => ref),
    );
  else context.out(renderWorkflows(rows, total, nothing, tableOptions(context)));
  return exitCodes.done;
}
