// An archive on its way to the daemon. One that refuses it unread (no token, too many at once) closes the connection on what is
// still being sent, and its answer may be lost with it: asked once more with nothing to send, it is heard.
import { AppError } from '../model/errors.ts';
import { type Ask, type ClientOptions, exchange } from './exchange.ts';
import { RefusalError } from './refusal.ts';

/** What can be refused before a body is read. */
const early: readonly number[] = [401, 403, 429, 503];

/** The body of a successful answer. An archive of nothing, which is what is sent the second time, is never taken. */
export async function upload(
  options: ClientOptions,
  ask: Pick<Ask, 'method' | 'path'>,
  archive: Uint8Array,
): Promise<string> {
  const send = (bytes: Uint8Array) =>
    exchange(options, { ...ask, upload: { bytes, type: 'application/gzip' } });
  try {
    return await send(archive);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw (await refusalOf(() => send(new Uint8Array()))) ?? error;
  }
}

async function refusalOf(ask: () => Promise<string>): Promise<RefusalError | undefined> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof RefusalError) return early.includes(error.status) ? error : undefined;
    if (!(error instanceof AppError)) throw error;
  }
  return undefined;
}
