// What tells one look at a pack from another: by what its listing shows without opening a file, and by what its files contain.
import { createHash } from 'node:crypto';
import type { ObservedFile } from '../model/listing.ts';
import type { PackPath } from '../model/pack.ts';
import type { ListedFile } from './inspect.ts';
import { createListingMark } from './listing-mark.ts';
import { fingerprintOf } from './read.ts';
import { byteOrder, type PackListing } from './scan.ts';

/** Files of one pack from which on its listing is worth a thread of its own, and is told by what is other than in the one before. */
export const largePack = 500;

/** What is other than in a listing that is known; both are complete. */
export type ListingChange = {
  readonly state: 'changed';
  /** As they are listed now, in order. */
  readonly files: readonly ListedFile[];
  readonly gone: readonly PackPath[];
};

/** What a listing showed: its mark and, of a large pack, the whole of it as text. */
export type Shown = { readonly mark: string; readonly text: string | undefined };

/** `same`: it is as one that is known. */
export type Listed =
  | { readonly listing: PackListing | ListingChange; readonly listed: Shown }
  | { readonly listing: 'same'; readonly listed?: undefined };

/** An entry that was gone between being listed and being looked at makes a listing no other, and yet it is none to rest on. */
export function unlessKnown(listing: PackListing, known: Shown | undefined): Listed {
  const told = markOf(listing);
  if (told === known?.mark && listing.settled) return { listing: 'same' };
  const text = listing.files.length < largePack ? undefined : textOf(listing);
  const listed = { mark: told, text };
  const isBeside = listing.settled && listing.complete && known?.text?.startsWith(headOf(listing)) === true;
  return { listing: text && isBeside ? changeSince(known?.text ?? '', listing.files) : listing, listed };
}

const mark = createListingMark();

function markOf({ state, complete, files }: PackListing): string {
  for (const file of files)
    if ('refused' in file) mark.refused(file.path, file.refused.code);
    else mark.exact(file.path, file.stats);
  return mark.end(`${state} ${complete}`);
}

function textOf(listing: PackListing): string {
  let text = headOf(listing);
  for (const file of listing.files) text += lineOf(file);
  return text;
}

function headOf({ state, complete }: PackListing): string {
  return `${state} ${complete}\n`;
}

/** A name may hold any character but the one that ends it. */
function lineOf(file: ListedFile): string {
  return `${file.path}\0${'refused' in file ? file.refused.code : fingerprintOf(file.stats)}\n`;
}

/** Both are in byte order: they are gone through side by side. */
function changeSince(known: string, files: readonly ListedFile[]): ListingChange {
  const changed: ListedFile[] = [];
  const gone: PackPath[] = [];
  let at = known.indexOf('\n') + 1;
  const pathAt = () => known.slice(at, known.indexOf('\0', at)) as PackPath;
  const skip = () => {
    at = known.indexOf('\n', known.indexOf('\0', at)) + 1;
  };
  for (const file of files) {
    const line = lineOf(file);
    if (known.startsWith(line, at)) {
      at += line.length;
      continue;
    }
    for (; at < known.length && byteOrder(pathAt(), file.path) < 0; skip()) gone.push(pathAt());
    if (at < known.length && pathAt() === file.path) {
      if (!known.startsWith(line, at)) changed.push(file);
      skip();
    } else changed.push(file);
  }
  for (; at < known.length; skip()) gone.push(pathAt());
  return { state: 'changed', files: changed, gone };
}

export function fingerprintOfPack(state: string, complete: boolean, files: Iterable<ObservedFile>): string {
  let text = `${state} ${complete}\n`;
  for (const file of files)
    text += `${file.path}\0${file.digest ?? file.findings.map((f) => f.code).join()}\n`;
  return createHash('sha256').update(text).digest('hex');
}
