// The validators that the build writes say what those say that are made from the schemas, and are made from the schemas there are.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { compileSchemas, type Validator } from '../../src/language/compile-schemas.ts';
import { parseDocument } from '../../src/language/parse.ts';
import { compiledName, digestOfSchemas, validated } from '../../src/language/validate.ts';
import type { FileRole } from '../../src/model/pack.ts';
import { roleOf } from '../../src/registry/discover.ts';

const root = new URL('../../', import.meta.url);
const built = createRequire(import.meta.url)(
  new URL(`dist/language/${compiledName}`, root).pathname,
) as Record<FileRole, Validator> & { readonly madeOf: string };
const made = compileSchemas(validated) as Record<FileRole, Validator>;

const strangers: readonly unknown[] = [null, 5, -1, '', 'x'.repeat(300), true, [], [1, 'a'], {}, { x: 1 }];

/** The value with each of its parts once left out, once in place of each stranger, and with a key that nobody knows. */
function* spoiled(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { ...value, nobody_knows: 1 };
  for (const [key, part] of Object.entries(value)) {
    const rest = Object.entries(value).filter(([other]) => other !== key);
    const without = (more: readonly (readonly [string, unknown])[]) =>
      Array.isArray(value)
        ? [...rest, ...more].map(([, one]) => one)
        : Object.fromEntries([...rest, ...more]);
    yield without([]);
    for (const stranger of strangers) yield without([[key, stranger]]);
    for (const other of spoiled(part)) yield without([[key, other]]);
  }
}

const said = (validator: Validator, value: unknown) => [validator(value), validator.errors ?? null];

const files = readdirSync(new URL('packs/', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .flatMap((path) => {
    const role = roleOf(path as never);
    const text = readFileSync(new URL(`packs/${path}`, root), 'utf8');
    return role === undefined ? [] : [{ path, role, value: parseDocument(text).value }];
  });

describe('the validators of the build', () => {
  it('are made from the schemas there are', () => {
    expect(built.madeOf).toBe(digestOfSchemas());
  });

  it('say of every spoiled file what the schemas say', () => {
    expect(new Set(files.map(({ role }) => role))).toEqual(new Set(['manifest', 'action', 'workflow']));
    let wrong = 0;
    for (const { path, role, value } of files) {
      expect(said(built[role], value), path).toEqual([true, null]);
      for (const other of [...strangers, ...spoiled(value)]) {
        const [isGood, errors] = said(made[role], other);
        if (!isGood) wrong += 1;
        // As text: it is compared some ten thousand times.
        if (JSON.stringify(said(built[role], other)) !== JSON.stringify([isGood, errors]))
          expect(said(built[role], other), `${path}: ${JSON.stringify(other)}`).toEqual([isGood, errors]);
      }
    }
    expect(wrong).toBeGreaterThan(500);
  });
});
