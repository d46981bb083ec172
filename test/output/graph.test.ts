import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/language/graph.ts';
import type { Graph } from '../../src/model/graph.ts';
import { toDot } from '../../src/output/graph-dot.ts';
import { toMermaid } from '../../src/output/graph-mermaid.ts';
import { check } from '../language/support.ts';

const packs = new URL('../../packs/', import.meta.url);

function graphOf(text: string): Graph {
  const { file } = check(text);
  if (file?.role !== 'workflow') throw new Error('not a valid workflow');
  return buildGraph(file.graph);
}

const restock = graphOf(`
version: 2.1.0
tasks:
  - { name: start, action: core.noop, on_complete: count }
  - name: count
    action: shop.count
    next:
      - when: "{{ succeeded() and length(result().missing) > 0 }}"
        publish: [{ missing: "{{ result().missing }}", seen: true }]
        do: [order]
      - when: "{{ failed() }}"
        do: [page]
      - when: "{{ timed_out() }}"
        do: [count]
  - name: order
    type: parallel
    tasks:
      - { name: buy, action: shop.buy, with_items: "{{ workflow.missing }}" }
      - { name: tell, type: workflow, action: shop.tell }
  - { name: page, action: alert.page, join: 1, when: "{{ parameters.loud }}" }
`);

const asMermaid = `\
flowchart TD
  begin(( ))
  n1["start<br/>core.noop"]
  n2["count<br/>shop.count"]
  subgraph n3_parts["order"]
    n3(( ))
    n3_1["buy<br/>shop.buy<br/>for each of workflow.missing"]
    n3_2[["tell<br/>shop.tell"]]
    n3_done(( ))
  end
  n4["page<br/>alert.page<br/>only when parameters.loud<br/>join: 1"]
  finish((( )))
  begin --> n1
  n1 --> n2
  n2 -->|"✓ length(result().missing) #62; 0<br/>sets missing, seen"| n3
  n2 -.->|"failed"| n4
  n2 -.->|"↺ timed_out"| n2
  n3_done --> finish
  n3 --> n3_1
  n3_1 --> n3_done
  n3 --> n3_2
  n3_2 --> n3_done
  n4 --> finish
  classDef each stroke-width:3px
  class n3_1 each
  classDef mark fill:#555,stroke:#555
  class begin,n3,n3_done,finish mark
  linkStyle 2 stroke:#2e7d32
  linkStyle 3 stroke:#c62828
  linkStyle 4 stroke:#ef6c00
  linkStyle 4 stroke-width:3px
`;

describe('toMermaid', () => {
  it('draws the whole graph', () => {
    expect(toMermaid(restock)).toBe(asMermaid);
  });
});

// What either notation allows to be written, a line each.
const mermaidLabel = String.raw`"(?:[\p{L}\p{M}\p{N} _.,/()[\]!=+*…↺✓‧:-]|#\d+;|<br/>)*"`;
const mermaidRow = new RegExp(
  String.raw`^ *(?:flowchart TD|end|(?:begin|finish|\w+_done|n[\d_]+)(?:\(\( \)\)|\(\(\( \)\)\))` +
    String.raw`|n[\d_]+\[\[?${mermaidLabel}\]\]?|subgraph n[\d_]+_parts\[${mermaidLabel}\]` +
    String.raw`|\w+ -\.?->(?:\|${mermaidLabel}\|)? \w+|(?:classDef|class|linkStyle) [\w,:# -]+)$`,
  'u',
);
const dotString = String.raw`"(?:[^"\\]|\\.)*"`;
const dotAttribute = String.raw`\w+=(?:${dotString}|[\w.]+)`;
const dotAttributes = String.raw`\[${dotAttribute}(?:, ${dotAttribute})*\]`;
const dotRow = new RegExp(
  String.raw`^ *(?:digraph ${dotString} \{|\}|subgraph cluster_\w+ \{|label=${dotString}` +
    String.raw`|\w+(?: -> \w+)?(?: ${dotAttributes})?)$`,
  'u',
);

function expectRows(text: string, row: RegExp): void {
  const wrong = text
    .trimEnd()
    .split('\n')
    .filter((line) => !row.test(line));
  expect(wrong).toEqual([]);
}

describe('every notation', () => {
  const files = readdirSync(packs, { recursive: true, encoding: 'utf8' })
    .filter((path) => /workflows\/.*\.yaml$/.test(path))
    .sort();
  it.each(files)('holds its grammar for %s', (path) => {
    const graph = graphOf(readFileSync(new URL(path, packs), 'utf8'));
    expectRows(toMermaid(graph), mermaidRow);
    expectRows(toDot(graph, path), dotRow);
  });

  it('holds its grammar whatever tasks are called', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'end',
        'graph',
        '"]',
        '#quot;',
        '`x`',
        '$$x$$',
        '%%{init: {}}%%',
        '- a',
        '\\',
        '<b>',
        '&lt;',
      ),
    );
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
        const nodes = names.map((one, index) => ({
          ...{ id: `n${index + 1}`, name: one, type: 'action' as const, action: one, parent: null },
          ...{ is_entry: true, join: null, with_items: one, when: null },
        }));
        const edges = nodes.map(({ id, name: label }) => ({
          ...{ from: id, to: 'n1', kind: 'condition' as const, when: label, label },
          ...{ publish: [label], is_back: false },
        }));
        expectRows(toMermaid({ nodes, edges }), mermaidRow);
        expectRows(toDot({ nodes, edges }, names.join()), dotRow);
        expect(toMermaid({ nodes, edges })).toBe(toMermaid(structuredClone({ nodes, edges })));
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['x$$y$$', 'x#36;#8203;#36;y#36;#8203;#36;'],
    ['fa:fa-car', 'fa#58;#8203;fa-car'],
    ['a direction LR', 'a direction#8203; LR'],
    ['1. one', '#49;. one'],
    ['- one', '#45; one'],
    ['a: b', 'a: b'],
    ['a:b#quot;', 'a#58;b#35;quot#59;'],
    ['%%{init}%%', '#37;#37;#123;init#125;#37;#37;'],
  ])('takes the meaning from %s in Mermaid', (name, written) => {
    const node = { ...restock.nodes[0], id: 'n1', name, action: null } as Graph['nodes'][number];
    expect(toMermaid({ nodes: [node], edges: [] })).toContain(`n1["${written}"]`);
  });

  it('tells failures, timeouts and fan-out apart in DOT', () => {
    const rows = toDot(restock, 'shop.restock').split('\n');
    expect(rows.find((row) => row.includes('"failed"'))).toContain('style=dashed');
    expect(rows.find((row) => row.includes('timed_out'))).toContain('style=dotted');
    expect(rows.find((row) => row.includes('for each of'))).toContain('peripheries=2');
    expect(rows).toContain('  subgraph cluster_n3 {');
  });
});
