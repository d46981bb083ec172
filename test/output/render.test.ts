import { describe, expect, it } from 'vitest';
import { fromJson, makeObject } from '../../src/language/expression/value.ts';
import { renderWorkflow } from '../../src/language/render.ts';
import type { JsonObject } from '../../src/model/pack.ts';
import type { Rendering } from '../../src/model/render.ts';
import { renderDocument } from '../../src/output/render-json.ts';
import { renderWalk } from '../../src/output/render-text.ts';
import { plainStyle } from '../../src/output/style.ts';
import { yamlLines } from '../../src/output/yaml-text.ts';
import { check } from '../language/support.ts';

const none = makeObject([]);

const restock = `
version: 2.1.0
vars: { missing: [] }
tasks:
  - name: count_stock
    action: shop.count
    input: { shop: "{{ parameters.shop }}", port: "{{ 1 / 0 }}" }
    next:
      - when: "{{ succeeded() and length(result().missing) > 0 }}"
        publish:
          - missing: "{{ result().missing }}"
        do: [order]
      - when: "{{ failed() }}"
        do: [page]
  - name: order
    action: shop.order
    with_items: "{{ workflow.missing }}"
    input: { item: "{{ item }}" }
    next: [{ do: [count_again] }]
  - { name: count_again, action: shop.count, next: [{ when: "{{ not result().good }}", do: [order] }] }
  - { name: page, action: alert.page, input: { of: "{{ task.count_again.result.good }}", late: "{{ task.page.result }}" } }
output_map: { missing: "{{ workflow.missing }}" }
`;

function render(text: string): Rendering {
  const { file, text: source } = check(text);
  if (file?.role !== 'workflow') throw new Error('not a valid workflow');
  const object = (json: JsonObject) =>
    makeObject(Object.entries(json).map(([key, value]) => [key, fromJson(value)]));
  return renderWorkflow(source, file, {
    ...{ parameters: object({ shop: 'east' }), vars: none, config: none, keystore: none, system: none },
    results: new Map([
      ['count_stock', [{ result: object({ missing: ['tea', 'yes', 'a: b', 4] }), state: 'succeeded' }]],
      ['count_again', [{ result: object({ good: false }), state: 'succeeded' }]],
    ]),
    focus: undefined,
  });
}

const mark = (one: { readonly kind: string }) => `<${one.kind}>`;

describe('renderWalk', () => {
  it('tells the walk', () => {
    const text = renderWalk('shop.restock', render(restock), { style: plainStyle, columns: 80, mark });
    expect(text).toBe(`\
shop.restock
parameters
  shop: east

1. count_stock  shop.count
   input
     shop: east
     port: <failed>
   succeeded, with the result that is given
   ✓ when succeeded and length(result().missing) > 0
       → true and 4 > 0 → true
     sets missing
       - tea
       - "yes"
       - "a: b"
       - 4
     → order
   ✗ when failed

2. order  shop.order
   for each of 4 items
     item 0: "tea"
       input
         item: tea
     item 1: "yes"
       input
         item: "yes"
     item 2: "a: b"
       input
         item: "a: b"
     1 more item not shown
   succeeded, no result is given
   ✓ always
     → count_again

3. count_again  shop.count
   succeeded, with the result that is given
   ✓ when not result().good
       → not false → true
     → order

4. order  shop.order  ↺ visit 2
   for each of 4 items
     item 0: "tea"
       input
         item: tea
     item 1: "yes"
       input
         item: "yes"
     item 2: "a: b"
       input
         item: "a: b"
     1 more item not shown
   succeeded, no result is given
   ✓ always
     → count_again

5. count_again  shop.count  ↺ visit 2
   succeeded, with the result that is given
   ✓ when not result().good
       → not false → true
     → order ↺ again as before: a loop (give a list of results to leave it)

- page  alert.page  not reached
   input
     of: false
     late: <unknown>

variables at the end
  missing:
    - tea
    - "yes"
    - "a: b"
    - 4

output
  missing:
    - tea
    - "yes"
    - "a: b"
    - 4
`);
  });

  it('lets no text of an author move the cursor', () => {
    const text = renderWalk(
      'a\u001b[2J',
      render(
        'version: 1.0.0\ntasks:\n  - { name: "a\\e[2J\\nb", action: "x.y\\a", input: { "k\\e": "v\\e\\u202e", l: "a\\nb\\e\\n" }, next: [{ when: "{{ \'\\e\' == \'\' }}", do: ["a\\e[2J\\nb"] }] }\n',
      ),
      { style: plainStyle, columns: 80, mark },
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('renderDocument', () => {
  it('has the keys of the contract, with errors in the place of values', () => {
    const document = renderDocument(render(restock), 'shop.yaml', []) as {
      tasks: readonly Record<string, unknown>[];
      output: unknown;
    };
    expect(document.output).toEqual({ missing: ['tea', 'yes', 'a: b', 4] });
    expect(document.tasks[0]).toMatchObject({
      name: 'count_stock',
      input: {
        shop: 'east',
        port: { error: { code: 'EXPR_ZERO', severity: 'error', path: 'shop.yaml', line: 7, column: 55 } },
      },
      next: [
        {
          fires: true,
          why: 'succeeded and length(result().missing) > 0 → true and 4 > 0 → true',
          publish: { missing: ['tea', 'yes', 'a: b', 4] },
          do: ['order'],
        },
        { fires: false, why: 'failed → false', publish: {}, do: ['page'] },
      ],
    });
    expect(document.tasks.at(-1)).toMatchObject({
      ...{ name: 'page', reached: false, next: [] },
      input: { of: false, late: { unknown: expect.stringContaining('has not ended') } },
    });
  });
});

describe('yamlLines', () => {
  it.each([
    ['a long line is not folded', { a: 'word '.repeat(60).trim() }, [`a: ${'word '.repeat(60).trim()}`]],
    ['several lines are a block', { a: 'x\ny: z\n' }, ['a: |', '  x', '  y: z']],
    [
      'strings that look like something else are quoted',
      ['on', '1', 'null', '12:30', '2026-01-01', ''],
      ['- "on"', '- "1"', '- "null"', '- "12:30"', '- "2026-01-01"', '- ""'],
    ],
    ['keys stay as they are', { n: 1, 'a b': 2 }, ['n: 1', 'a b: 2']],
    ['empty ones are short', { a: {}, b: [] }, ['a: {}', 'b: []']],
  ])('%s', (_, value, lines) => {
    expect(yamlLines({ kind: 'value', value }, mark)).toEqual(lines);
  });

  it('writes one value twice where it is there twice', () => {
    const one = { a: 1 };
    expect(yamlLines({ kind: 'value', value: [one, one] }, mark)).toEqual(['- a: 1', '- a: 1']);
  });
});
