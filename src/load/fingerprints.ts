// What tells one look at a pack from another: by what its listing shows without opening a file, and by what its files contain.
import { createHash } from 'node:crypto';
import type { ObservedFile } from '../model/listing.ts';
import { createListingMark } from './listing-mark.ts';
import type { PackListing } from './scan.ts';

/** A listing with its mark; `same`: it is as one that is known. */
export type Listed = { readonly listing: PackListing | 'same'; readonly listed: string };

/** An entry that was gone between being listed and being looked at makes a listing no other, and yet it is none to rest on. */
export function unlessKnown(listing: PackListing, known: string | undefined): Listed {
  const listed = markOf(listing);
  return { listing: listed === known && listing.settled ? 'same' : listing, listed };
}

const mark = createListingMark();

function markOf({ state, complete, files }: PackListing): string {
  for (const file of files)
    if ('refused' in file) mark.refused(file.path, file.refused.code);
    else mark.exact(file.path, file.stats);
  return mark.end(`${state} ${complete}`);
}

export function fingerprintOfPack(state: string, complete: boolean, files: readonly ObservedFile[]): string {
  let text = `${state} ${complete}\n`;
  for (const file of files)
    text += `${file.path}\0${file.digest ?? file.findings.map((f) => f.code).join()}\n`;
  return createHash('sha256').update(text).digest('hex');
}
