// Keys that objects have of their own, at every place of a file: an author may use them, and no check may trip over them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { parseDocument } from '../../src/language/parse.ts';
import type { PackPath } from '../../src/model/pack.ts';
import { roleOf } from '../../src/registry/discover.ts';

const root = fileURLToPath(new URL('../../packs/', import.meta.url));
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
  const role = roleOf(path as PackPath);
  return role === undefined ? [] : [{ path, role, text: readFileSync(join(root, path), 'utf8') }];
});

const tricky = { toString: 0, valueOf: 0, toJSON: 0, hasOwnProperty: 0, length: -1 };
const values = [tricky, [tricky], { x: tricky }, [[tricky]]];

type Holder = Record<string, unknown>;

/** The document once for each place in it, with the value there. */
function* replaced(document: unknown, value: unknown): Generator<unknown> {
  yield value;
  const top = structuredClone({ document }) as Holder;
  const places: [Holder, string][] = [];
  const collect = (holder: Holder) => {
    for (const key of Object.keys(holder)) {
      places.push([holder, key]);
      const inner = holder[key];
      if (typeof inner === 'object' && inner !== null) collect(inner as Holder);
    }
  };
  collect(top);
  for (const [holder, key] of places) {
    const before = holder[key];
    holder[key] = value;
    yield top['document'];
    holder[key] = before;
  }
}

describe('keys that objects have of their own', () => {
  it.each(files)('trip no check of $path', ({ role, text }) => {
    const encoder = new TextEncoder();
    const { value: document } = parseDocument(text);
    let count = 0;
    for (const value of values)
      for (const one of replaced(document, value)) {
        const { findings } = checkFile(role, encoder.encode(JSON.stringify(one)), { strict: false });
        expect(findings.every(({ line, message }) => line > 0 && message !== '')).toBe(true);
        count += 1;
      }
    expect(count).toBeGreaterThan(10);
  });
});
