// Files as they were observed, and what became of them. Pure.
import type { ObservedFile } from '../model/listing.ts';
import type { PackPath } from '../model/pack.ts';
import { byteOrder } from './scan.ts';

/** Made when it is asked for first. */
export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** In byte order, as they are listed. */
export function withFiles(
  before: ReadonlyMap<PackPath, ObservedFile>,
  changed: readonly ObservedFile[],
  gone: ReadonlySet<PackPath>,
): ReadonlyMap<PackPath, ObservedFile> {
  if (changed.length + gone.size === 0) return before;
  const files = new Map(before);
  for (const path of gone) files.delete(path);
  for (const file of changed) files.set(file.path, file);
  const isOneMore = changed.some(({ path }) => !before.has(path));
  return isOneMore ? new Map([...files].sort(([a], [b]) => byteOrder(a, b))) : files;
}
