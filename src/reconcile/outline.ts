// What a pass asks of all rows of a directory, told once for rows that stay in memory from one pass to the next.
import type { ObservedPack } from '../model/listing.ts';
import type { PackDir, PackPath, PackRef } from '../model/pack.ts';
import type { FileRow, RegisteredPackSummary } from '../model/state.ts';
import { roleOf } from '../registry/discover.ts';
import { isTrusted } from '../registry/facts.ts';

type Rows = ReadonlyMap<PackPath, FileRow>;

export type Outline = {
  /** Rows of files with a problem. */
  readonly problems: readonly FileRow[];
  /** Linked paths outside the directories that are listed anyway. */
  readonly outside: readonly PackPath[];
};

const outlines = new WeakMap<Rows, Outline>();

export function outlineOf(rows: Rows): Outline {
  const known = outlines.get(rows);
  if (known) return known;
  const outline = outlined([...rows.values()]);
  outlines.set(rows, outline);
  return outline;
}

export function outlined(rows: readonly FileRow[]): Outline {
  return { problems: rows.filter(isProblem), outside: linksOutside(rows) };
}

function isProblem(row: FileRow): boolean {
  return row.state === 'invalid' || row.state === 'unreadable' || row.state === 'conflict';
}

type Links = Iterable<{ readonly links: readonly PackPath[] }>;

/** Linked paths outside the directories that are listed anyway. */
export function linksOutside(rows: Links): readonly PackPath[] {
  const outside: PackPath[] = [];
  for (const { links } of rows) for (const path of links) if (roleOf(path) === undefined) outside.push(path);
  return outside;
}

/** Of files that were found to be as their rows say: those rows, and by which rules. Neither is ever altered, only replaced. */
const proven = new WeakMap<ObservedPack['files'], { readonly rows: Rows; readonly checkedBy: string }>();

/** True when there is a row for each file and a file for each row, and each is as its row says, without a conflict. */
export function areAsRows(files: ObservedPack['files'], rows: Rows, checkedBy: string): boolean {
  const known = proven.get(files);
  if (known?.rows === rows && known.checkedBy === checkedBy) return true;
  if (rows.size !== files.size) return false;
  for (const file of files.values()) {
    const row = rows.get(file.path);
    if (!isTrusted(row, file, checkedBy) || row.state === 'conflict') return false;
  }
  proven.set(files, { rows, checkedBy });
  return true;
}

type Packs = ReadonlyMap<PackRef, RegisteredPackSummary>;

const packsByDir = new WeakMap<Packs, ReadonlyMap<PackDir, readonly RegisteredPackSummary[]>>();

/** The packs that are registered for a directory and not retired. */
export function packsAt(packs: Packs, dir: PackDir): readonly RegisteredPackSummary[] {
  const known = packsByDir.get(packs);
  if (known) return known.get(dir) ?? [];
  const byDir = new Map<PackDir, RegisteredPackSummary[]>();
  for (const one of packs.values())
    if (one.dir !== null && one.status !== 'retired')
      byDir.set(one.dir, [...(byDir.get(one.dir) ?? []), one]);
  packsByDir.set(packs, byDir);
  return byDir.get(dir) ?? [];
}
