// Rows as they were read last, by buckets: of a part that was read before only those buckets come from the database whose mark is
// another. The marks are made of what the rows contain, by the statement that reads them, so nothing here can be out of date.
import type { BucketColumns, KnownMarks } from './sql/buckets.ts';

type Bucket<Key, Row> = { readonly mark: string; readonly entries: readonly (readonly [Key, Row])[] };

type Part<Key, Row> = {
  readonly buckets: ReadonlyMap<number, Bucket<Key, Row>>;
  readonly rows: ReadonlyMap<Key, Row>;
};

/** What a row of the database is remembered as. */
export type Entry<Item, Key, Row> = (item: Item) => readonly [Key, Row];

export type BucketMemory<Item, Key, Row> = {
  /** What is remembered of a part, for one statement. */
  recall(name: string): Recalled<Item, Key, Row>;
};

export type Recalled<Item, Key, Row> = {
  readonly marks: KnownMarks;
  /** All rows of the part, by the buckets that the statement found; what it did not bring is as it was. */
  take(found: readonly BucketColumns<Item>[]): ReadonlyMap<Key, Row>;
};

/** `maxRows`: kept at most, of the parts that were read last; 0 remembers nothing. */
export function createBucketMemory<Item, Key, Row>(
  entryOf: Entry<Item, Key, Row>,
  maxRows: number,
): BucketMemory<Item, Key, Row> {
  // In the order in which they were read last.
  const parts = new Map<string, Part<Key, Row>>();
  let count = 0;

  const forget = (name: string) => {
    count -= parts.get(name)?.rows.size ?? 0;
    parts.delete(name);
  };
  const keep = (name: string, part: Part<Key, Row>) => {
    forget(name);
    if (part.rows.size === 0 || part.rows.size > maxRows) return;
    parts.set(name, part);
    count += part.rows.size;
    for (const oldest of parts.keys()) {
      if (count <= maxRows) break;
      forget(oldest);
    }
  };

  return {
    recall(name) {
      // Held here: it may be forgotten while the statement is under way.
      const before = parts.get(name);
      const marks = [...(before?.buckets ?? [])].map(([bucket, { mark }]) => [bucket, mark] as const);
      return {
        marks: Object.fromEntries(marks),
        take(found) {
          const part = partOf(entryOf, found, before);
          keep(name, part);
          return part.rows;
        },
      };
    },
  };
}

function partOf<Item, Key, Row>(
  entryOf: Entry<Item, Key, Row>,
  found: readonly BucketColumns<Item>[],
  before: Part<Key, Row> | undefined,
): Part<Key, Row> {
  // The very map: what was derived from it stands, too.
  if (before?.buckets.size === found.length && found.every(({ rows }) => rows === null)) return before;
  const buckets = new Map(
    found.map(({ bucket, mark, rows }) => [
      bucket,
      rows ? { mark, entries: rows.map(entryOf) } : keptOf(before, bucket),
    ]),
  );
  return { buckets, rows: new Map([...buckets.values()].flatMap(({ entries }) => entries)) };
}

function keptOf<Key, Row>(before: Part<Key, Row> | undefined, bucket: number): Bucket<Key, Row> {
  const kept = before?.buckets.get(bucket);
  if (kept === undefined) throw new Error(`no rows of bucket ${bucket} came, and none are known`);
  return kept;
}
