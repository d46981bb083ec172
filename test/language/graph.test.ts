import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/language/graph.ts';
import type { Graph } from '../../src/model/graph.ts';
import { check, marks, workflow } from './support.ts';

function graphOf(...tasks: readonly string[]): Graph {
  const checked = check(workflow(...tasks));
  if (checked.file?.role !== 'workflow') throw new Error(marks(checked).join(', '));
  return buildGraph(checked.file.graph);
}

/** `a -kind-> b`, with a `↺` on edges that lead back. */
const arrows = ({ nodes, edges }: Graph): string[] => {
  const nameOf = (id: string | null) => nodes.find((node) => node.id === id)?.name ?? '.';
  return edges.map(
    ({ from, to, kind, is_back }) => `${nameOf(from)} -${kind}-> ${nameOf(to)}${is_back ? ' ↺' : ''}`,
  );
};

describe('buildGraph', () => {
  it.each([
    ['succeeded()', 'success'],
    ['{{ succeeded() }}', 'success'],
    ['{{ succeeded() and result().x > 1 }}', 'success'],
    ['{{ not (failed() or timed_out()) }}', 'success'],
    ['{{ failed() }}', 'failure'],
    ['{{ not succeeded() }}', 'failure'],
    ['{{ failed() or timed_out() }}', 'failure'],
    ['{{ failed() and result().x }}', 'failure'],
    ['{{ failed() or timed_out() or not result().ok }}', 'failure'],
    ['{{ timed_out() }}', 'timeout'],
    ['{{ not succeeded() and not failed() }}', 'timeout'],
    ['{{ result().ok }}', 'condition'],
    ['{{ failed() or result().x }}', 'condition'],
    ['{{ succeeded() or failed() or timed_out() }}', 'condition'],
    ['{{ failed() == false }}', 'condition'],
    ['{{ false }}', 'condition'],
    ['some {{ failed() }} text', 'condition'],
  ])('reads what a condition says of the state: %s', (when, kind) => {
    const graph = graphOf(
      `{ name: a, action: x.y, next: [{ when: ${JSON.stringify(when)}, do: [b] }] }`,
      '{ name: b, action: x.y }',
    );
    expect(graph.edges.map((edge) => edge.kind)).toEqual([kind]);
  });

  it('tells old forms like new ones', () => {
    const graph = graphOf(
      '{ name: a, action: x.y, on_success: b, on_failure: c, on_timeout: d, on_complete: e }',
      ...['b', 'c', 'd', 'e'].map((name) => `{ name: ${name}, action: x.y }`),
    );
    expect(arrows(graph)).toEqual(['a -success-> b', 'a -failure-> c', 'a -always-> e', 'a -timeout-> d']);
  });

  it('marks what leads back, entries, and where nothing follows', () => {
    const graph = graphOf(
      '{ name: start, action: x.y, next: [{ do: [poll] }] }',
      '{ name: poll, action: x.y, next: [{ when: "{{ not result().done }}", do: [wait] }, { publish: [done] }] }',
      '{ name: wait, action: x.y, next: [{ do: [poll] }] }',
    );
    expect(arrows(graph)).toEqual([
      'start -always-> poll',
      'poll -condition-> wait',
      'poll -always-> .',
      'wait -always-> poll ↺',
    ]);
    expect(graph.nodes.map((node) => node.is_entry)).toEqual([true, false, false]);
    expect(graph.edges[2]?.publish).toEqual(['done']);
  });

  it('takes a task that leads to itself, and a graph without a way in', () => {
    expect(arrows(graphOf('{ name: a, action: x.y, next: [{ do: [a, a] }] }'))).toEqual(['a -always-> a ↺']);
  });

  it('gives sub-tasks an id below that of their task', () => {
    const graph = graphOf(
      '{ name: all, type: parallel, tasks: [{ name: p, action: x.y, next: [{ do: [q] }] }, { name: q, action: x.y, join: 1 }] }',
      '{ name: p, action: x.y, with_items: "{{ [1, 2] }}", when: "{{ true }}" }',
    );
    expect(graph.nodes.map(({ id, parent }) => [id, parent])).toEqual([
      ['n1', null],
      ['n1_1', 'n1'],
      ['n1_2', 'n1'],
      ['n2', null],
    ]);
    expect(graph.nodes[3]).toMatchObject({ with_items: '[1, 2]', when: 'true' });
    expect(graph.edges).toMatchObject([{ from: 'n1_1', to: 'n1_2' }]);
  });

  it('reads a chain of a thousand tasks that closes', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `t${index}`);
    const graph = graphOf(
      ...names.map(
        (name, index) => `{ name: ${name}, action: x.y, next: [{ do: [t${(index + 1) % 1000}] }] }`,
      ),
    );
    expect(graph.edges.filter((edge) => edge.is_back)).toMatchObject([{ from: 'n1000', to: 'n1' }]);
  });
});
