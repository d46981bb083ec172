// A stream of a daemon's events, gathered while the test goes on.
import type { Daemon } from './daemon.ts';
import { type EventBlock, readBlocks } from './event-client.mjs';

/** What was told so far; it grows until the stream ends. */
export async function listenToEvents(
  daemon: Daemon,
  atEnd: (act: () => void) => void,
  query = '',
): Promise<readonly EventBlock[]> {
  const cut = new AbortController();
  atEnd(() => cut.abort());
  const { body } = await fetch(`${await daemon.url()}/api/v1/events${query}`, { signal: cut.signal });
  const blocks: EventBlock[] = [];
  void (async () => {
    for await (const block of readBlocks(body as ReadableStream<Uint8Array<ArrayBuffer>>)) blocks.push(block);
  })().catch(() => undefined);
  return blocks;
}

/** `event ref`, one for each change of these blocks. */
export function changesOf(blocks: readonly EventBlock[]): readonly string[] {
  return blocks.flatMap(({ event, data }) =>
    ((data?.['changes'] ?? []) as readonly { readonly ref: string }[]).map(({ ref }) => `${event} ${ref}`),
  );
}
