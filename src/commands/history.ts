// `history REF`: the revisions of a workflow, newest first.
import { renderHistory } from '../output/history-text.ts';
import { isMistake, readRef, tellMistake } from './arguments.ts';
import { exitCodes } from './context.ts';
import { printDocument, printNames, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const history = withDaemon(async (client, context, input) => {
  const ref = readRef(input);
  if (isMistake(ref)) return tellMistake(context, ref);
  const revisions = await client.revisions(ref);
  const newestFirst = [...revisions].sort((one, other) => other.number - one.number);
  if (context.format === 'json') printDocument(context, revisions);
  else if (context.quiet)
    printNames(
      context,
      newestFirst.map(({ number }) => number),
    );
  else context.out(renderHistory(newestFirst, tableOptions(context)));
  return exitCodes.done;
});
