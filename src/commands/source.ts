// `source list` and `source forget NAME`: where definitions come from, and what a root left behind.
import type { SourceRow } from '../model/answers.ts';
import { visible } from '../output/cells.ts';
import { renderForgetting, renderSources } from '../output/sources-text.ts';
import { count } from '../output/words.ts';
import { type CommandContext, exitCodes } from './context.ts';
import { printDocument, printNames, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const sourceList = withDaemon(async (client, context) => {
  const sources = await client.sources();
  if (context.format === 'json') printDocument(context, sources);
  else if (context.quiet)
    printNames(
      context,
      sources.map(({ source }) => source),
    );
  else context.out(renderSources(sources, tableOptions(context)));
  return exitCodes.done;
});

export const sourceForget = withDaemon(async (client, context, input) => {
  const [name = ''] = input.args;
  const sources = await client.sources();
  const row = sources.find(({ source }) => source === name || source === `root:${name}`);
  if (row === undefined) return tellUnknown(context, name, sources);
  if (input.options['yes'] !== true) {
    context.err(`packwatch: ${renderForgetting(row)}\n`);
    return exitCodes.usage;
  }
  // The number is what was seen: where it is another by now, the daemon refuses.
  const result = await client.forget(row.source, row.definitions);
  if (context.format === 'json') printDocument(context, result);
  else if (!context.quiet) {
    const retired = count(result.retired, 'definition');
    context.out(
      `${visible(row.source)} is forgotten: ${retired} retired, ids and history stay until they are purged\n`,
    );
  }
  return exitCodes.done;
});

function tellUnknown({ err }: CommandContext, name: string, sources: readonly SourceRow[]): number {
  const known = sources.map(({ source }) => visible(source)).join(', ') || 'none';
  err(`packwatch: there is no source ${JSON.stringify(name)}; known are ${known}\n`);
  return exitCodes.problems;
}
