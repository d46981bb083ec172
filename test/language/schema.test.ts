// The schemas that editors get: valid, described to the last key, and with examples that are examples.
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { printedSchema, printedSchemas, schemaNames } from '../../src/language/schema/printed.ts';
import { snippets } from '../../src/language/schema/snippets.ts';
import { schemas } from '../../src/language/validate.ts';
import type { Json, JsonObject } from '../../src/model/pack.ts';
import { editorAjv, editorKeywords, walkSchema } from '../support/editor-schema.ts';

type Place = { readonly pointer: string; readonly schema: JsonObject; readonly isProperty: boolean };

function placesOf(schema: JsonObject): Place[] {
  const places: Place[] = [];
  walkSchema(schema, (one, pointer, isProperty) => places.push({ schema: one, pointer, isProperty }));
  return places;
}

/** Values that `keyword` promises to be right and that the schema around them refuses. */
function wrongValues(
  name: string,
  root: JsonObject,
  valuesOf: (schema: JsonObject) => readonly Json[],
): string[] {
  const ajv = editorAjv();
  ajv.addSchema(root);
  return placesOf(root).flatMap(({ pointer, schema }) => {
    const values = valuesOf(schema);
    if (values.length === 0) return [];
    const id = `${String(root['$id'])}${pointer.replaceAll('$', '%24')}`;
    return values
      .filter((value) => !ajv.validate({ $ref: id }, value))
      .map((value) => `${name} ${pointer}: ${JSON.stringify(value)}`);
  });
}

describe.each(schemaNames)('the printed schema of %s', (name) => {
  const schema = printedSchema(name);

  it('is valid by draft 2020-12, and nothing in it is unknown to a strict validator', () => {
    const ajv = editorAjv();
    expect(ajv.validateSchema(schema)).toBe(true);
    expect(() => ajv.compile(schema)).not.toThrow();
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema['$id']).toBe(`urn:packwatch:schema:${name}`);
  });

  it('has a title and a description on every key, at every depth', () => {
    const keys = placesOf(schema).filter(({ isProperty }) => isProperty);
    expect(keys.length).toBeGreaterThan(20);
    for (const { pointer, schema: key } of keys) {
      expect(key['title'], pointer).toMatch(/^\S.*[^.]$/);
      expect(key['description'], pointer).toMatch(/^\S.*\.$/);
    }
  });

  it('has an example, a default or a list of words for every key that has a type and is not old', () => {
    const bare = placesOf(schema)
      .filter(({ isProperty, pointer }) => isProperty && !pointer.includes('/if/'))
      .filter(({ schema: key }) => key['type'] !== undefined && key['deprecated'] !== true)
      .filter(
        ({ schema: key, pointer }) =>
          key['examples'] === undefined && !/\/then\/properties\/properties$/.test(pointer),
      )
      .map(({ pointer }) => pointer);
    expect(bare).toEqual([]);
  });

  it('has examples and defaults that it accepts', () => {
    const found = [
      ...wrongValues(name, schema, (one) => (one['examples'] ?? []) as readonly Json[]),
      ...wrongValues(name, schema, (one) => (one['default'] === undefined ? [] : [one['default']])),
    ];
    expect(found).toEqual([]);
  });

  it('says of every old spelling what to write instead, and does not offer it', () => {
    for (const { pointer, schema: key } of placesOf(schema)) {
      if (key['deprecated'] !== true) {
        expect(String(key['description']), pointer).not.toMatch(/^Old form|^Another spelling/);
        continue;
      }
      expect(key['description'], pointer).toMatch(
        /^(?:Old form: .*`next|Old form: `publish` in a transition of `next`|Another spelling of `\w+`; write `\w+`)/,
      );
      expect(key['doNotSuggest'], pointer).toBe(true);
    }
  });

  it('shows Markdown as Markdown', () => {
    for (const { pointer, schema: key } of placesOf(schema)) {
      if (String(key['description']).includes('`'))
        expect(key['markdownDescription'], pointer).toBe(key['description']);
    }
  });
});

describe('the printed schemas', () => {
  it('are what files are validated against, but for keys with nothing after them and what editors are told', () => {
    // Less what is added; `null` beside a type is added for keys that may be absent.
    const bare = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(bare);
      if (typeof value !== 'object' || value === null) return value;
      const map = value as JsonObject;
      return Object.fromEntries(
        Object.entries(map)
          .filter(
            ([key, one]) => !(key === '$comment' && typeof one === 'string') && !editorKeywords.includes(key),
          )
          .map(([key, one]) => [key, isData(key, one) ? withoutNull(one) : bare(one)]),
      );
    };
    for (const [name, role] of [
      ['workflow', 'workflow'],
      ['action', 'action'],
      ['pack', 'manifest'],
    ] as const)
      expect(bare(printedSchema(name))).toEqual(bare(schemas[role]));
  });

  it('lie side by side in one document that is valid itself', () => {
    const all = printedSchemas();
    const ajv = editorAjv();
    const validate = ajv.compile({ ...all, $ref: 'urn:packwatch:schema:workflow' });
    expect(validate({ version: '1.0.0', tasks: [{ name: 'a', tasks: [{ name: 'b' }] }] })).toBe(true);
    expect(validate({ version: '1.0.0', tasks: [{ name: 'a', tasks: [{ nme: 'b' }] }] })).toBe(false);
  });

  it('use every snippet', () => {
    const used = new Set<string>();
    for (const name of schemaNames)
      for (const { schema } of placesOf(printedSchema(name)))
        if (schema['defaultSnippets'] !== undefined) used.add(String(schema['title']));
    expect([...used].sort()).toEqual(Object.keys(snippets).sort());
  });

  it('offer snippets that they accept once the places are filled in', () => {
    for (const name of schemaNames) {
      const root = printedSchema(name);
      expect(
        wrongValues(name, root, (one) =>
          ((one['defaultSnippets'] ?? []) as readonly { readonly body: Json }[]).map(({ body }) =>
            filled(body),
          ),
        ),
      ).toEqual([]);
    }
  });
});

/** False for the schema of a key that is called so. */
function isData(key: string, value: Json): boolean {
  return (key === 'type' || key === 'enum') && (typeof value === 'string' || Array.isArray(value));
}

function withoutNull(value: Json): Json {
  if (!Array.isArray(value)) return value;
  const rest = value.filter((one) => one !== null && one !== 'null');
  return rest.length === 1 ? (rest[0] ?? null) : rest;
}

/** `${1:word}` and `$1` with what an author might write there; each string is YAML, written as it is. */
function filled(body: Json): Json {
  const text = JSON.stringify(body).replaceAll(/\$\{\d+:([^}]*)\}/g, (_, word: string) => word.toLowerCase());
  return JSON.parse(text, (_key, value: Json) =>
    typeof value === 'string' ? (load(value) as Json) : value,
  ) as Json;
}
