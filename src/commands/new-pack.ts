// The pack that `init` writes: the files of new-pack/, a pack itself, under another name, and the schemas for editors.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { maxPackRef, packRefPattern } from '../language/schema/manifest.ts';
import { printedSchema, schemaNames } from '../language/schema/printed.ts';
import { mayBePack } from '../registry/discover.ts';

/** A file of the new pack. */
export type NewFile = { readonly text: string; readonly isProgram: boolean };

// Right from src/commands and dist/commands alike.
const template = fileURLToPath(new URL('../../src/commands/new-pack/', import.meta.url));
/** The ref of the pack in `template`, which its files name wherever they mean themselves. */
const templateRef = 'new-pack';

/** Path in the pack, POSIX → file; sorted by path. Reads from the disk. */
export async function newPackFiles(ref: string): Promise<ReadonlyMap<string, NewFile>> {
  const files = new Map<string, NewFile>();
  for (const entry of await readdir(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = (await readFile(path, 'utf8')).replaceAll(templateRef, ref);
    const { mode } = await stat(path);
    files.set(relative(template, path).split(sep).join('/'), { text, isProgram: (mode & 0o100) !== 0 });
  }
  for (const name of schemaNames) {
    const text = `${JSON.stringify(printedSchema(name), null, 2)}\n`;
    files.set(`.schema/${name}.json`, { text, isProgram: false });
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** True for a name that a pack and its directory may have. */
export function isPackName(name: string): boolean {
  return name.length <= maxPackRef && new RegExp(packRefPattern).test(name) && mayBePack(name);
}

/** A name that a pack may have, as near to this one as can be. */
export function nearestPackName(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '')
    .slice(0, maxPackRef);
  if (isPackName(words)) return words;
  const longer = words === '' ? 'my-pack' : `pack-${words}`.slice(0, maxPackRef);
  return isPackName(longer) ? longer : 'my-pack';
}
