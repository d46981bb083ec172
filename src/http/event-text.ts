// Pages of changes and steps of the pipeline → blocks of an event stream. Pure.
import type { ActivityEvent, ChangePage, ChangeRow } from '../model/change-feed.ts';

/** Changes of one event; a version of more is told in several. */
const maxChanges = 200;
/** Milliseconds after which a client connects again. */
const retryMs = 1000;

/** What a stream begins with: where it begins, for a client that is cut off before anything happened. */
export function openingOf(version: number): string {
  return `retry: ${retryMs}\n${idOf(version)}\n`;
}

export const heartbeat = ':\n\n';

/**
 * The last block of a version has its id, no other: cut off between two of them, a client gets the version again. `since`: where
 * the client is.
 */
function* eventsOf(page: ChangePage, since: number): Generator<string> {
  let told = since;
  for (const rows of versionsOf(page.rows)) {
    const blocks = [
      ...blocksOf(
        'committed',
        rows.filter(({ verb }) => verb !== 'rejected'),
      ),
      ...blocksOf(
        'rejected',
        rows.filter(({ verb }) => verb === 'rejected'),
      ),
    ];
    told = rows[0]?.version ?? told;
    const last = blocks.pop();
    yield* blocks;
    yield `${idOf(told)}${last}`;
  }
  // Versions that tell of no ref.
  if (page.version > told) yield `${idOf(page.version)}\n`;
}

/**
 * Makes the blocks of a page once for all who are told it from the same place: in a turn in which a hundred streams are told a
 * large version, there is time for one of them.
 */
export function createEventTexts(): (page: ChangePage, since: number) => readonly Buffer[] {
  const made = new WeakMap<ChangePage, { readonly since: number; readonly blocks: readonly Buffer[] }>();
  return (page, since) => {
    const known = made.get(page);
    if (known?.since === since) return known.blocks;
    const blocks = [...eventsOf(page, since)].map((text) => Buffer.from(text));
    made.set(page, { since, blocks });
    return blocks;
  };
}

export function activityText({ step, ...fields }: ActivityEvent): string {
  return blockOf(step, fields);
}

function idOf(version: number): string {
  return `id: ${version}\n`;
}

function blockOf(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function blocksOf(event: string, rows: readonly ChangeRow[]): readonly string[] {
  const blocks: string[] = [];
  for (let from = 0; from < rows.length; from += maxChanges) {
    const some = rows.slice(from, from + maxChanges);
    const [first] = some;
    const changes = some.map(({ version: _, at: __, ...change }) => change);
    blocks.push(blockOf(event, { version: first?.version, at: first?.at, changes }));
  }
  return blocks;
}

function versionsOf(rows: readonly ChangeRow[]): readonly (readonly ChangeRow[])[] {
  const versions: ChangeRow[][] = [];
  for (const row of rows) {
    const last = versions.at(-1);
    if (last?.[0]?.version === row.version) last.push(row);
    else versions.push([row]);
  }
  return versions;
}
