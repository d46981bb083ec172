// `unpin`, `enable`, `disable`, `protect`, `unprotect REF`: what an operator lays over a file, or takes away again.
import type { Overlay } from '../client/client.ts';
import type { WorkflowSummary } from '../model/answers.ts';
import { isMistake, readRef, tellMistake } from './arguments.ts';
import { type Command, exitCodes } from './context.ts';
import { printDocument } from './print.ts';
import { withDaemon } from './with-daemon.ts';

const outcomes: Readonly<Record<Overlay, (workflow: WorkflowSummary) => string>> = {
  unpin: ({ number }) => `is not pinned any more and serves revision ${number}`,
  enable: () => 'is enabled: executors get it',
  disable: () => 'is disabled: executors do not get it, whatever its file says',
  protect: () => 'is protected: it stays served though its file goes',
  unprotect: () => 'is not protected any more: it goes with its file',
};

export function overlayCommand(overlay: Overlay): Command {
  return withDaemon(async (client, context, input) => {
    const ref = readRef(input);
    if (isMistake(ref)) return tellMistake(context, ref);
    const workflow = await client.overlay(ref, overlay);
    if (context.format === 'json') printDocument(context, workflow);
    else if (!context.quiet) context.out(`${context.style.bold(ref)} ${outcomes[overlay](workflow)}\n`);
    return exitCodes.done;
  });
}
