// One meaning: the printed schemas refuse exactly what the check finds in the shape of a file, unknown keys included.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFile } from '../../src/language/check-file.ts';
import { parseDocument } from '../../src/language/parse.ts';
import { printedSchema } from '../../src/language/schema/printed.ts';
import type { FileRole, PackPath } from '../../src/model/pack.ts';
import { roleOf } from '../../src/registry/discover.ts';
import { badFiles } from '../support/bad-files.ts';
import { editorAjv } from '../support/editor-schema.ts';

const ajv = editorAjv();
const editors = {
  workflow: ajv.compile(printedSchema('workflow')),
  action: ajv.compile(printedSchema('action')),
  manifest: ajv.compile(printedSchema('pack')),
};
const encoder = new TextEncoder();

/** Codes that are about the shape though another word comes first. */
const ofShape = /^SCHEMA_|^RULE_RETRY_RANGE$|^PACK_REF$|^PACK_VERSION$|^READ_EMPTY$/;

type Verdicts = { readonly byCheck: readonly string[]; readonly byEditor: readonly string[] };

/** Undefined for a text that cannot be read as YAML: editors have a parser of their own for that. */
function verdicts(role: FileRole, text: string): Verdicts | undefined {
  const { findings } = checkFile(role, encoder.encode(text), { strict: false });
  if (findings.some(({ code }) => /^YAML_|^READ_(?!EMPTY)/.test(code))) return undefined;
  const validate = editors[role];
  const byEditor = validate(parseDocument(text).value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  const byCheck = findings.filter(({ code }) => ofShape.test(code));
  return { byCheck: byCheck.map(({ code, message }) => `${code} ${message}`), byEditor };
}

function expectOneMeaning(role: FileRole, text: string): Verdicts | undefined {
  const both = verdicts(role, text);
  if (both !== undefined && both.byCheck.length > 0 !== both.byEditor.length > 0)
    expect.fail(JSON.stringify({ ...both, text }, null, 2));
  return both;
}

describe('files that exist', () => {
  const root = fileURLToPath(new URL('../../packs/', import.meta.url));
  const shipped = readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
    const role = roleOf(path as PackPath);
    return role === undefined ? [] : [{ path, role, text: readFileSync(join(root, path), 'utf8') }];
  });

  it.each(shipped)('$path is accepted by both', ({ role, text }) => {
    expect(verdicts(role, text)).toEqual({ byCheck: [], byEditor: [] });
  });

  const bad = badFiles().flatMap(({ name, role, bytes }) =>
    bytes instanceof Uint8Array && bytes.length < 100_000
      ? [{ name, role, text: Buffer.from(bytes).toString() }]
      : [],
  );

  it.each(bad)('$name is judged alike', ({ role, text }) => {
    expectOneMeaning(role, text);
  });
});

describe('a key with nothing after it', () => {
  it.each<[FileRole, string, boolean]>([
    [
      'workflow',
      'version: 1.0.0\nlabel:\ntags:\ntasks: [ { name: a, action: p.a, next:, retry: } ]\n',
      false,
    ],
    [
      'workflow',
      'version: 1.0.0\ntasks: [ { name: a, action: p.a, retry: { count: 1, delay: 1, backoff: } } ]\n',
      false,
    ],
    ['workflow', 'version: 1.0.0\noutput_map: { a: }\ntasks: [ { name: a, action: p.a } ]\n', false],
    ['workflow', 'version:\ntasks: [ { name: a, action: p.a } ]\n', true],
    ['workflow', 'version: 1.0.0\ntasks: [ { name: a, action: p.a, retry: { count:, delay: 1 } } ]\n', true],
    ['workflow', 'version: 1.0.0\ntasks: [ { name: a, action: p.a, retyr: } ]\n', true],
    ['workflow', 'version: 1.0.0\ncolour:\ntasks: [ { name: a, action: p.a } ]\n', true],
    ['workflow', 'version: 1.0.0\nparameters: { a: }\ntasks: [ { name: a, action: p.a } ]\n', true],
    ['action', 'parameter_format:\noutput:\n', false],
    ['manifest', 'ref: shop\nversion: 1.0.0\nlabel:\nmeta:\n', false],
    ['manifest', 'ref:\nversion: 1.0.0\n', true],
  ])('in %s %j is refused: %s', (role, text, isRefused) => {
    expect(verdicts(role, text)?.byCheck.length).toBe(isRefused ? 1 : 0);
    expectOneMeaning(role, text);
  });
});

const workflow = {
  ref: 'shop.restock',
  label: 'Restock',
  version: '1.0.0',
  parameters: { target: { type: 'string', required: true }, size: { type: ['integer', 'null'], default: 1 } },
  output: { type: 'object', required: ['url'], properties: { url: { type: 'string' } } },
  vars: { round: 1 },
  tasks: [
    {
      name: 'one',
      action: 'p.a',
      input: { a: 1 },
      with_items: '{{ parameters.target }}',
      concurrency: 2,
      retry: { count: 3, delay: 2, backoff: 'linear', max_delay: 9, on_error: '{{ failed() }}' },
      timeout: 30,
      next: [{ when: '{{ succeeded() }}', publish: [{ round: 2 }, 'all'], do: ['two'] }, { do: ['two'] }],
      __chart_meta__: { x: 1 },
    },
    { name: 'two', type: 'parallel', join: 1, tasks: [{ name: 'deep', action: 'p.b', on_failure: 'deep' }] },
    {
      name: 'three',
      action: 'p.c',
      decision: [
        { when: 'true', next: 'two' },
        { next: 'one', default: true },
      ],
    },
  ],
  output_map: { url: 'x' },
  tags: ['a'],
  cancellation_policy: 'cancel_running',
};
const action = {
  ref: 'shop.count',
  label: 'Count',
  entry_point: 'count.sh',
  runner_type: 'shell',
  parameters: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false },
  output: { n: { type: 'integer' } },
  parameter_delivery: 'file',
  parameter_format: 'yaml',
  output_format: 'jsonl',
  timeout_seconds: 3,
  max_retries: 1,
  worker_tolerations: [{}],
  accesses_mcp: true,
  log_retention_limit: 3,
  tags: ['a'],
};
const manifest = {
  ref: 'shop',
  version: '1.0.0-rc.1+b',
  label: 'Shop',
  conf_schema: { url: { type: 'string' } },
  config: { url: 'x' },
  tags: ['a'],
  is_standard: false,
  author: { name: 'x' },
};

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string | number };

function placesIn(value: unknown): Place[] {
  if (Array.isArray(value))
    return value.flatMap((one, key) => [{ holder: value as unknown[], key }, ...placesIn(one)]);
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

const values = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      null,
      true,
      false,
      0,
      1,
      -1,
      101,
      1.5,
      4_294_967_296,
      '',
      'x',
      'x.y',
      '1.0',
      'integer',
      'a'.repeat(256),
    ],
    ...[
      [],
      {},
      [null],
      ['x'],
      [['x']],
      [{}],
      [{ x: 1 }],
      { x: null },
      { x: 1 },
      { x: {} },
      { type: 'string' },
    ],
    ...[{ type: 'sting' }, { type: ['string', 1] }, { type: {} }, { type: null, required: [] }, { enum: [] }],
    ...[{ properties: {} }, { properties: [], type: 'object' }, { x: { type: [] } }, { x: { type: 1 } }],
    ...[{ x: { type: ['null', 'x'] } }, { additionalProperties: true, y: 1 }, { $ref: '#/x' }],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const names = fc.constantFrom(
  ...[
    'ref',
    'version',
    'label',
    'type',
    'required',
    'properties',
    'additionalProperties',
    'enum',
    'x',
    'tasks',
  ],
  ...['retry', 'next', 'when', 'do', 'publish', 'decision', 'default', 'join', 'tags', 'name', 'output_map'],
  ...['parameters', 'output', 'vars', 'batch_size', 'colour', 'keywords', 'timeout_seconds', 'config'],
);
type Edit = {
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add';
  readonly name: string;
  readonly value: unknown;
};
const edits: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(10_000),
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  name: names,
  value: values,
});

/** The document after some edits at random places. */
function edited(document: object, list: readonly Edit[]): string {
  const copy = structuredClone({ document });
  for (const { at, kind, name, value: shared } of list) {
    const value = structuredClone(shared);
    const places = placesIn(copy);
    const place = places[at % places.length];
    if (place === undefined) continue;
    const { holder, key } = place;
    if (kind === 'add') {
      if (!Array.isArray(holder) && holder !== copy) holder[name] = value;
      else if (Array.isArray(holder)) holder.push(value);
    } else if (kind === 'replace') (holder as Record<string | number, unknown>)[key] = value;
    else if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else if (holder !== copy) delete holder[key];
  }
  return JSON.stringify(copy.document);
}

const runs = 300;

describe('files with edits at random places', () => {
  it.each([
    ['workflow', workflow],
    ['action', action],
    ['manifest', manifest],
  ] as const)('%s: refused by both or by none', (role, document) => {
    expect(verdicts(role, JSON.stringify(document))).toEqual({ byCheck: [], byEditor: [] });
    const counts = { refused: 0, accepted: 0 };
    fc.assert(
      fc.property(fc.array(edits, { minLength: 1, maxLength: 3 }), (list) => {
        const text = edited(document, list);
        const both = expectOneMeaning(role, text);
        if (both !== undefined) counts[both.byEditor.length > 0 ? 'refused' : 'accepted'] += 1;
      }),
      { numRuns: runs },
    );
    // Both verdicts are common, or the property says little.
    expect(Math.min(counts.refused, counts.accepted)).toBeGreaterThan(runs / 10);
  });
});
