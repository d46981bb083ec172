// `rollback REF NUMBER`: an earlier revision is served until the file changes again.
import { visible } from '../output/cells.ts';
import { isMistake, readNumber, readRef, tellMistake } from './arguments.ts';
import { exitCodes } from './context.ts';
import { printDocument } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const rollback = withDaemon(async (client, context, input) => {
  const ref = readRef(input);
  if (isMistake(ref)) return tellMistake(context, ref);
  const number = readNumber(input.args[1], 'number of a revision');
  if (isMistake(number)) return tellMistake(context, number);
  const workflow = await client.rollback(ref, number ?? 0);
  if (context.format === 'json') printDocument(context, workflow);
  else if (!context.quiet) {
    const { style } = context;
    const serves = `revision ${workflow.number}, version ${visible(workflow.version)}`;
    context.out(
      `${style.bold(ref)} serves ${serves}, pinned until its file changes; \`packwatch unpin\` ends it\n`,
    );
  }
  return exitCodes.done;
});
