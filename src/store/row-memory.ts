// A whole source, read without reading its files' rows anew: of each directory the database tells a mark, made of its rows as they
// are, and rows are read only where the mark is another than that of the rows in memory. The mark is what the rows contain: no
// edit by hand, no other writer and no failover can leave it as it was, so nothing has to be forgotten for any of them.
import type { PackDir, SourceName } from '../model/pack.ts';
import type { FileRow, RegisteredSource } from '../model/state.ts';
import type { Database } from './connect.ts';
import { type DirMark, type DirRows, readRows, readSource } from './sql/registered.ts';

type Known = ReadonlyMap<PackDir, { readonly mark: string; readonly files: DirRows }>;

/** Rows by source and directory. */
export type RowMemory = { known(source: SourceName): Known; keep(source: SourceName, known: Known): void };

/** Rows read together at most, unless one directory has more: some 10 ms of the event loop. */
const partRows = 1_000;

export function createRowMemory(): RowMemory {
  const sources = new Map<SourceName, Known>();
  return {
    known: (source) => sources.get(source) ?? new Map(),
    keep: (source, known) => sources.set(source, known),
  };
}

/** Rows that come later than the packs may be newer, as if the packs had been written a moment later. */
export async function readWholeSource(
  database: Database,
  source: SourceName,
  memory: RowMemory = createRowMemory(),
): Promise<RegisteredSource> {
  const { marks, ...overview } = await readSource(database, source, 'all');
  const before = memory.known(source);
  const known = new Map<PackDir, { readonly mark: string; readonly files: DirRows }>();
  const news: DirMark[] = [];
  for (const one of marks) {
    const rows = before.get(one.dir);
    if (rows?.mark === one.mark) known.set(one.dir, rows);
    else news.push(one);
  }
  for (const part of partsOf(news))
    for (const { dir, mark, files } of await readRows(database, source, part))
      known.set(dir, { mark, files: compact(files) });
  memory.keep(source, known);
  return { ...overview, files: new Map([...known].map(([dir, { files }]) => [dir, files])) };
}

/** Runs of directories whose rows are read together. */
function* partsOf(marks: readonly DirMark[]): Generator<readonly PackDir[]> {
  let part: PackDir[] = [];
  let count = 0;
  for (const { dir, rows } of marks) {
    if (count > 0 && count + rows > partRows) {
      yield part;
      part = [];
      count = 0;
    }
    part.push(dir);
    count += rows;
  }
  if (part.length > 0) yield part;
}

const none: readonly never[] = [];

/** What thousands of rows have alike, once: they stay in memory. */
function compact(files: DirRows): DirRows {
  const rows = [...files.values()];
  const checkedBy = new Map(rows.map((row) => [row.checkedBy, row.checkedBy]));
  const share = (row: FileRow): FileRow => ({
    ...row,
    links: row.links.length > 0 ? row.links : none,
    checkedBy: checkedBy.get(row.checkedBy) ?? row.checkedBy,
    diagnostics: row.diagnostics.length > 0 ? row.diagnostics : none,
  });
  return new Map(rows.map((row) => [row.path, share(row)]));
}
