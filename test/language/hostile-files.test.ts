// Files that want to hang, to fill the memory or to reach out: each is answered in bounded time of the processor. Large files
// are checked by a worker, so the event loop waits for none of them.
import dns from 'node:dns';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { check, marks } from './support.ts';

/** Generous: on a quiet machine the slowest takes a tenth of it, and what is quadratic takes minutes. */
const limitMs = 3_000;
/** The check of a text, and the milliseconds of processor time that it took. */
function timed(text: string) {
  const start = process.cpuUsage();
  const { findings, file } = check(text);
  const { user, system } = process.cpuUsage(start);
  return { codes: [...new Set(findings.map(({ code }) => code))], file, ms: (user + system) / 1000 };
}

const tail = '\nversion: 1.0.0\ntasks: [ { name: a, action: p.a } ]\n';
const repeated = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(', ');

const schemas: readonly (readonly [what: string, schema: string, ...codes: string[]])[] = [
  ['a remote $ref', '{ $ref: "http://127.0.0.1:9/schema.json" }'],
  ['a $ref to a file', '{ type: object, properties: { a: { $ref: "file:///etc/passwd" } } }'],
  ['a remote $schema', '{ $schema: "https://127.0.0.1:9/draft", type: object }'],
  ['a cyclic $ref', '{ $ref: "#" }'],
  [
    'two in a circle',
    '{ type: object, $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } }, allOf: [ { $ref: "#/$defs/a" } ] }',
  ],
  ['a $ref to nothing', '{ type: object, properties: { a: { $ref: "#/$defs/none" } } }'],
  [
    'a catastrophic pattern',
    `{ type: object, properties: { a: { type: string, pattern: "^(a|a)*$", default: "${'a'.repeat(64)}!" } } }`,
  ],
  ['a pattern that is none', '{ a: { type: string, pattern: "(" } }'],
  ['5,000 levels', `${'{"properties":{"a":'.repeat(5_000)}{}${'}}'.repeat(5_000)}`, 'YAML_DEPTH_LIMIT'],
  ['5,000 lists', `{ allOf: ${'['.repeat(5_000)}${']'.repeat(5_000)} }`, 'YAML_DEPTH_LIMIT'],
  ['a schema in itself', '&a { type: object, properties: { a: *a } }', 'YAML_ALIAS_CYCLE'],
  [
    '10,000 properties',
    `{ type: object, properties: { ${repeated(10_000, (n) => `p${n}: { type: string }`)} } }`,
  ],
  ['10,000 parameters', `{ ${repeated(10_000, (n) => `p${n}: { type: string }`)} }`],
  ['40,000 words', `{ type: object, properties: { a: { enum: [ ${repeated(40_000, (n) => `w${n}`)} ] } } }`],
  [
    '60,000 words',
    `{ type: object, properties: { a: { enum: [ ${repeated(60_000, (n) => `w${n}`)} ] } } }`,
    'YAML_NODE_LIMIT',
  ],
  ['10,000 types', `{ type: [ ${repeated(10_000, () => 'strng')} ] }`, 'SCHEMA_PARAMETERS'],
  ['5,000 wrong parameters', `{ ${repeated(5_000, (n) => `p${n}: strng`)} }`, 'SCHEMA_PARAMETERS'],
];

describe('a hostile parameter schema', () => {
  it.each(schemas)('is answered: %s', (_what, schema, ...codes) => {
    const answer = timed(`parameters: ${schema}${tail}`);
    expect(answer.codes).toEqual(codes);
    expect(answer.file !== undefined).toBe(codes.length === 0);
    expect(answer.ms).toBeLessThan(limitMs);
  });

  it('is kept as it is written and not compiled: nothing of it runs', () => {
    // A compiler of schemas would refuse both the pattern and the reference.
    const schema = { type: 'object', properties: { a: { pattern: '(' }, b: { $ref: '#/nowhere' } } };
    expect(check(`parameters: ${JSON.stringify(schema)}${tail}`).file).toMatchObject({ parameters: schema });
    expect(check(`output: ${JSON.stringify(schema)}\n`, 'action').file).toMatchObject({ output: schema });
  });

  it('reaches no network', () => {
    const reached: string[] = [];
    const note = (name: string) => () => {
      reached.push(name);
      throw new Error(name);
    };
    const spies = [
      vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(note('connect')),
      vi.spyOn(dns, 'lookup').mockImplementation(note('lookup')),
      vi.spyOn(http, 'request').mockImplementation(note('request')),
      vi.spyOn(globalThis, 'fetch').mockImplementation(note('fetch')),
    ];
    try {
      for (const [, schema] of schemas) {
        if (schema.length > 1_000) continue;
        check(`parameters: ${schema}${tail}`);
        check(`output: ${schema}\n`, 'action');
      }
      expect(reached).toEqual([]);
      // The guard is there: what goes out is seen.
      expect(() => net.connect(9, '127.0.0.1')).toThrow('connect');
      expect(reached).toEqual(['connect']);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  });
});

const inInput = (value: string): string =>
  `version: 1.0.0\ntasks: [ { name: a, action: p.a, input: { x: ${value} } } ]\n`;
const planes = Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0xffd));

const hostile: readonly (readonly [what: string, text: string, ...codes: string[]])[] = [
  ['10,000 parentheses', inInput(`"{{ ${'('.repeat(10_000)}1${')'.repeat(10_000)} }}"`), 'EXPR_LIMIT'],
  ['a string of 1 MB', inInput(`"${'a'.repeat(1_000_000)}"`)],
  ['an expression of 1 MB', inInput(`"{{ ${'1+'.repeat(500_000)}1 }}"`), 'EXPR_LIMIT'],
  ['open braces', inInput(`"${'{{'.repeat(500_000)}"`), 'EXPR_SYNTAX'],
  [
    'open braces in a thousand strings',
    inInput(`[ ${repeated(1_000, () => `"${'{{ '.repeat(300)}"`)} ]`),
    'EXPR_SYNTAX',
  ],
  ['100,000 templates in one string', inInput(`"${'{{ 1 }} '.repeat(100_000)}"`), 'EXPR_LIMIT'],
  ['40,000 templates', inInput(`[ ${repeated(40_000, (n) => `"{{ ${n} }}"`)} ]`)],
  ['40,000 wrong templates', inInput(`[ ${repeated(40_000, (n) => `"{{ a${n} }}"`)} ]`), 'EXPR_UNKNOWN_NAME'],
  ['100,000 templates', inInput(`[ ${repeated(100_000, () => '"{{1}}"')} ]`), 'YAML_NODE_LIMIT'],
  ['every plane in texts', inInput(`"{{ '${planes.join('')}' }}"`)],
  ...planes.map(
    (sign, plane) => [`plane ${plane} as a name`, inInput(`"{{ ${sign} }}"`), 'EXPR_SYNTAX'] as const,
  ),
];

describe('a hostile template', () => {
  it.each(hostile)('is answered: %s', (_what, text, ...codes) => {
    const answer = timed(text);
    expect(answer.codes).toEqual(codes);
    expect(answer.ms).toBeLessThan(limitMs);
  });

  it('is a warning, and its file is served', () => {
    const checked = check(inInput(`"{{ ${'('.repeat(10_000)} }}"`));
    expect(marks(checked)).toEqual(['EXPR_LIMIT? 2:150']);
    expect(checked.file).toBeDefined();
  });
});
