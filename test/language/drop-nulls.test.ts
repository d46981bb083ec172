import { describe, expect, it } from 'vitest';
import { dropNulls } from '../../src/language/drop-nulls.ts';
import { check, marks, workflow } from './support.ts';

describe('dropNulls', () => {
  it.each([
    ['workflow', { label: null, version: '1' }, { version: '1' }],
    ['workflow', { tasks: [{ next: [{ when: null, do: [] }] }] }, { tasks: [{ next: [{ do: [] }] }] }],
    [
      'workflow',
      { tasks: [{ tasks: [{ retry: { delay: null } }] }] },
      { tasks: [{ tasks: [{ retry: {} }] }] },
    ],
    ['workflow', { output_map: { any: null } }, { output_map: {} }],
    ['action', { tags: null }, {}],
    ['manifest', { meta: null }, {}],
  ] as const)('leaves out what has nothing after it in a %s: %j', (role, value, rest) => {
    expect(dropNulls(value, role)).toEqual(rest);
  });

  it.each([
    { vars: { a: null } },
    { parameters: { a: { default: null } } },
    { tasks: [{ input: { a: null } }, null] },
    { colour: null, tasks: [{ retyr: null, next: [{ whn: null }], decision: [{ nxt: null }] }] },
  ])('keeps data and keys that mean nothing: %j', (value) => {
    expect(dropNulls(value, 'workflow')).toBe(value);
  });
});

describe('a key that means nothing and has nothing after it', () => {
  it('is told at every depth', () => {
    const text = workflow('{ name: a, action: p.a, retyr: , retry: { count: 1, delay: 1, max: } }');
    expect(marks(check(`colour:\n${text}`))).toEqual([
      'SCHEMA_UNKNOWN_KEY? 1:1',
      'SCHEMA_UNKNOWN_KEY? 4:29',
      'SCHEMA_UNKNOWN_KEY? 4:67',
    ]);
  });
});
