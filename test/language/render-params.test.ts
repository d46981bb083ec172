// What a parameter file may hold, and how parameters are filled in by the schema that declares them.
import { describe, expect, it } from 'vitest';
import { declaredParameters, fillParameters } from '../../src/language/render/parameters.ts';
import { noParams, readParams } from '../../src/language/render/params.ts';
import type { Json } from '../../src/model/pack.ts';

const read = (text: string) => readParams(new TextEncoder().encode(text), ['fetch', 'store']);
const marks = (text: string) =>
  read(text).findings.map(({ code, line, column }) => `${code} ${line}:${column}`);

describe('readParams', () => {
  it('reads YAML and JSON alike', () => {
    const given = {
      ...{ parameters: { a: 1 }, vars: { v: [2] }, config: { c: 'x' }, keystore: { k: 'y' }, system: {} },
      ...{ results: { fetch: { result: { n: 3 }, state: 'failed' }, store: [{ result: null }, {}] } },
      ...{ item: null, index: 2 },
    };
    const { params, findings } = read(JSON.stringify(given));
    expect(findings).toEqual([]);
    expect(params).toEqual({
      ...given,
      results: {
        fetch: [{ result: { n: 3 }, state: 'failed' }],
        store: [
          { result: null, state: 'succeeded' },
          { result: undefined, state: 'succeeded' },
        ],
      },
    });
    expect(read('parameters:\n  a: 1\n').params.parameters).toEqual({ a: 1 });
    expect(read('# nothing\n')).toEqual({ params: noParams, findings: [] });
    expect(read('parameters:\n').params).toEqual(noParams);
  });

  it.each([
    ['a list', '- 1', 'SCHEMA_TYPE 1:1'],
    ['an unknown key', 'params: {}', 'SCHEMA_UNKNOWN_KEY 1:1'],
    ['parameters that are a list', 'parameters: [a]', 'SCHEMA_TYPE 1:13'],
    ['a result for no task', 'results:\n  fetchh: {}', 'SCHEMA_UNKNOWN_KEY 2:3'],
    ['a result without `result`', 'results:\n  fetch: 3', 'SCHEMA_TYPE 2:10'],
    ['an unknown key of a result', 'results: { fetch: { value: 3 } }', 'SCHEMA_UNKNOWN_KEY 1:21'],
    ['an unknown state', 'results: { store: [{}, { state: faild }] }', 'SCHEMA_ENUM 1:33'],
    ['an index below 0', 'index: -1', 'SCHEMA_TYPE 1:8'],
    ['an index that is text', 'index: "1"', 'SCHEMA_TYPE 1:8'],
    ['broken YAML', 'parameters: [', 'YAML_SYNTAX 1:13'],
    ['a key twice', 'item: 1\nitem: 2', 'YAML_DUPLICATE_KEY 2:1'],
  ])('refuses %s', (_, text, mark) => {
    expect(marks(text)).toEqual([mark]);
    expect(read(text).params).toEqual(noParams);
  });

  it('refuses what is no text', () => {
    expect(readParams(Uint8Array.of(0xff, 0xfe, 0, 0), []).findings).toHaveLength(1);
  });

  it('suggests the name that was meant', () => {
    const helps = (text: string) => read(text).findings.map(({ help }) => help);
    expect(helps('result: {}')).toEqual(['did you mean `results`?']);
    expect(helps('results: { stor: {} }')).toEqual(['did you mean `store`?']);
    expect(helps('results: { store: { state: time_out } }')).toEqual(['did you mean `timed_out`?']);
  });
});

const flat: Json = {
  host: { type: 'string', required: true },
  port: { type: 'integer', default: 80 },
  mode: { type: 'string', enum: ['fast', 'slow'] },
  when: { type: 'date' },
};
const schema: Json = {
  type: 'object',
  required: ['host', 'key'],
  properties: {
    host: { type: ['string', 'null'] },
    port: { type: 'number', default: 80 },
    mode: { enum: [1, [2]] },
  },
};
const codes = (...args: Parameters<typeof fillParameters>) =>
  fillParameters(...args).problems.map(({ code }) => code);

describe('fillParameters', () => {
  it('fills in defaults and names what is missing, in both styles', () => {
    expect(fillParameters(flat, {})).toMatchObject({ values: { port: 80 }, missing: ['host'], problems: [] });
    expect(fillParameters(flat, { host: 'h', port: 1 })).toMatchObject({
      ...{ values: { host: 'h', port: 1 }, missing: [], problems: [] },
    });
    expect(fillParameters(schema, { host: null })).toMatchObject({
      ...{ values: { host: null, port: 80 }, missing: ['key'], problems: [] },
    });
    expect(fillParameters(null, { any: 1 })).toEqual({ values: { any: 1 }, missing: [], problems: [] });
  });

  it.each<[string, Json, Json, string[]]>([
    ['a number for a string', flat, { host: 1 }, ['SCHEMA_TYPE']],
    ['a fraction for an integer', flat, { host: 'h', port: 1.5 }, ['SCHEMA_TYPE']],
    ['a value outside of enum', flat, { host: 'h', mode: 'medium' }, ['SCHEMA_ENUM']],
    ['anything for a type of the flat style alone', flat, { host: 'h', when: 3 }, []],
    ['a name that is not declared', flat, { hots: 'h' }, ['SCHEMA_UNKNOWN_KEY']],
    ['none of several types', schema, { host: 1 }, ['SCHEMA_TYPE']],
    ['a list that is in enum', schema, { mode: [2] }, []],
    ['a name that a schema without properties leaves open', { type: 'object', allOf: [] }, { x: 1 }, []],
  ])('checks %s', (_, declared, given, expected) => {
    expect(codes(declared, given as Record<string, Json>)).toEqual(expected);
  });

  it('says where each is declared', () => {
    expect(declaredParameters(flat).get('port')?.at).toEqual(['parameters', 'port']);
    expect(declaredParameters(schema).get('port')?.at).toEqual(['parameters', 'properties', 'port']);
    expect(declaredParameters(schema).get('key')?.at).toEqual(['parameters']);
  });

  it('follows nothing in a hostile schema', () => {
    const deep = JSON.parse(`${'{"properties":'.repeat(200)}1${'}'.repeat(200)}`) as Json;
    expect(
      fillParameters(
        { $ref: 'http://127.0.0.1:1/x', properties: { a: deep, b: { pattern: '(a+)+$' } } },
        {
          b: 'a'.repeat(50),
        },
      ).problems,
    ).toEqual([]);
  });
});
