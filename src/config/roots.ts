// `path` and `name=path` → named roots. Lexical: the disk is not looked at. Pure.
import { basename, resolve, sep } from 'node:path';
import type { Root, SourceName } from '../model/pack.ts';
import type { Read } from './values.ts';

const nameForm = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Roots of `PACKWATCH_ROOTS`, separated by `:`; a path that holds one is given as an argument instead. */
export function splitRoots(text: string): readonly string[] {
  return text.split(':');
}

/**
 * Each entry is `path`, or `name=path` split at the first `=`. A name given twice, or one root at or below another, is
 * refused, naming both. At least one root is expected.
 */
export function readRoots(entries: readonly string[], cwd: string): Read<readonly Root[]> {
  const expected: string[] = [];
  const roots: Root[] = [];
  for (const entry of entries) {
    const parsed = readRoot(entry, cwd);
    if ('expected' in parsed) {
      expected.push(...parsed.expected);
      continue;
    }
    for (const other of roots) expected.push(...clashes(other, parsed.value));
    roots.push(parsed.value);
  }
  return expected.length > 0 ? { expected } : { value: roots };
}

function readRoot(entry: string, cwd: string): Read<Root> {
  const at = entry.indexOf('=');
  const given = at < 0 ? undefined : entry.slice(0, at);
  const text = entry.slice(at + 1);
  if (text === '' || text.includes('\0')) return { expected: [`a path or name=path, not ${quote(entry)}`] };
  if (given !== undefined && !nameForm.test(given)) {
    const form = '[a-z0-9][a-z0-9_-]*, at most 64 characters';
    return {
      expected: [`a root name of the form ${form} before the first =, not ${quote(given)}`],
    };
  }
  const path = resolve(cwd, text);
  const name = given ?? deriveName(path);
  if (!nameForm.test(name))
    return { expected: [`name=path for ${quote(entry)}, which gives no name itself`] };
  return { value: { source: `root:${name}` as SourceName, path } };
}

/** The last path part, lower-cased, other characters as `-`; a name cannot start with `-` or `_`, so those go. */
function deriveName(path: string): string {
  return basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/gu, '-')
    .replace(/^[-_]+/, '');
}

function clashes(first: Root, second: Root): readonly string[] {
  const found: string[] = [];
  if (first.source === second.source) {
    const name = first.source.slice('root:'.length);
    found.push(
      `a name for each root, but ${first.path} and ${second.path} are both ${quote(name)}: use name=path`,
    );
  }
  if (isWithin(first.path, second.path) || isWithin(second.path, first.path)) {
    found.push(`roots that do not lie in one another, but ${first.path} and ${second.path} do`);
  }
  return found;
}

function isWithin(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

function quote(text: string): string {
  return JSON.stringify(text);
}
