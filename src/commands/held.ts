// `held`, `approve BATCH`, `reject BATCH`: removals that wait for a person.
import type { Verdict } from '../client/client.ts';
import { renderDecision, renderHeld } from '../output/held-text.ts';
import { isMistake, type Mistake, tellMistake, textOf } from './arguments.ts';
import { type Command, type CommandInput, exitCodes } from './context.ts';
import { printDocument, printNames } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const held = withDaemon(async (client, context, input) => {
  const batches = await client.held({ state: textOf(input, 'state') });
  if (context.format === 'json') printDocument(context, batches);
  else if (context.quiet)
    printNames(
      context,
      batches.map(({ batch }) => batch),
    );
  else context.out(renderHeld(batches, context.style));
  return exitCodes.done;
});

export function decideCommand(verdict: Verdict): Command {
  return withDaemon(async (client, context, input) => {
    const id = readBatch(input);
    if (isMistake(id)) return tellMistake(context, id);
    const batch = await client.decide(id, verdict);
    if (context.format === 'json') printDocument(context, batch);
    else if (!context.quiet) context.out(renderDecision(batch, context.style));
    return exitCodes.done;
  });
}

function readBatch({ args: [text = ''] }: CommandInput): string | Mistake {
  return /^[A-Za-z0-9_-]{1,100}$/.test(text)
    ? text
    : { mistake: `${JSON.stringify(text)} is no batch: expected one that \`packwatch held\` tells` };
}
