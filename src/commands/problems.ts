// `problems`: every file with an error or not served as it stands, and why. To list them is to succeed.
import { renderProblems } from '../output/problems-text.ts';
import { textOf } from './arguments.ts';
import { exitCodes } from './context.ts';
import { printDocument, printNames } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const problems = withDaemon(async (client, context, input) => {
  const found = await client.problems({
    pack: textOf(input, 'pack'),
    source: textOf(input, 'source'),
    state: textOf(input, 'state'),
  });
  if (context.format === 'json') printDocument(context, found);
  else if (context.quiet)
    printNames(
      context,
      found.map(({ path }) => path),
    );
  else context.out(renderProblems(found, context.style));
  return exitCodes.done;
});
