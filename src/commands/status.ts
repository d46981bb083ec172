// `status`: roots, watcher mode, lag, counts and leader of the daemon that answers.
import { renderReasons, renderStatus } from '../output/status-text.ts';
import { exitCodes } from './context.ts';
import { printDocument, tableOptions } from './print.ts';
import { withDaemon } from './with-daemon.ts';

export const status = withDaemon(async (client, context) => {
  const state = await client.status();
  if (context.format === 'json') printDocument(context, state);
  else if (context.quiet) context.out(renderReasons(state, tableOptions(context)));
  else context.out(renderStatus(state, client.url, tableOptions(context)));
  return exitCodes.done;
});
