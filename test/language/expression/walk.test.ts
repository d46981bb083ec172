// What static checks see of an expression.
import { describe, expect, it } from 'vitest';
import { parseExpression } from '../../../src/language/expression/parse.ts';
import { walkNames } from '../../../src/language/expression/walk.ts';

function uses(text: string): string[] {
  const { node } = parseExpression(text);
  if (node === undefined) throw new Error(`${text} does not parse`);
  return walkNames(node).map((use) =>
    use.kind === 'name'
      ? `${[use.root, ...use.path.map((part) => part.name)].join('.')} ${use.start}-${use.end}`
      : `${use.name}/${use.args.length} ${use.start}-${use.end}`,
  );
}

describe('walkNames', () => {
  it.each<[text: string, uses: string[]]>([
    ['1 + "a"', []],
    ['a', ['a 0-1']],
    ['task.fetch.result.rows', ['task.fetch.result.rows 0-22']],
    ['task["fetch"]["a b"].c', ['task.fetch.a b.c 0-22']],
    ['task[x.y].result', ['task 0-4', 'x.y 5-8']],
    ['a.b[0].c[i]', ['a.b 0-3', 'i 9-10']],
    ['a + b.c * -d', ['a 0-1', 'b.c 4-7', 'd 11-12']],
    ['not a and [b, (c)]', ['a 4-5', 'b 11-12', 'c 14-17']],
    ['length(a.b, c)', ['length/2 0-14', 'a.b 7-10', 'c 12-13']],
    ['result().a[k]', ['result/0 0-8', 'k 11-12']],
    ['(a).b', ['a.b 0-5']],
    ['f(g(h))', ['f/1 0-7', 'g/1 2-6', 'h 4-5']],
    ['a.in', ['a.in 0-4']],
  ])('finds what %s names and calls', (text, found) => {
    expect(uses(text)).toEqual(found);
  });

  it('places each member', () => {
    const { node } = parseExpression('task.fetch["result"]');
    expect(node && walkNames(node)).toEqual([
      {
        kind: 'name',
        root: 'task',
        path: [
          { name: 'fetch', start: 5, end: 10 },
          { name: 'result', start: 11, end: 19 },
        ],
        start: 0,
        end: 20,
      },
    ]);
  });
});
