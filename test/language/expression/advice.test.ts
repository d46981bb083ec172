// What an author is told who writes the language of another tool.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/language/expression/evaluate.ts';
import { functionForms } from '../../../src/language/expression/function-forms.ts';
import { arityOf, functionNames } from '../../../src/language/expression/functions.ts';
import { parseExpression } from '../../../src/language/expression/parse.ts';
import { createScope } from '../../../src/language/expression/scope.ts';

function adviceOn(expression: string): string {
  const { node, error } = parseExpression(expression);
  const outcome = node === undefined ? { error } : evaluate(node, createScope());
  return 'error' in outcome ? `${outcome.error?.message}: ${outcome.error?.help}` : 'no error';
}

describe('advice', () => {
  const conditional = 'there is no conditional operator; use two transitions with a `when` each';
  it.each([
    ['x | lower', '`|` has no meaning here: there are no filters; call a function: `lower(x)`'],
    ['x|default(1)', '`|` has no meaning here: there are no filters; call a function: `default(x)`'],
    ['x | ', '`|` has no meaning here: there are no filters; call a function: `length(x)`'],
    ['a || b', '`|` has no meaning here: disjunction is written `or`'],
    ['a ? 1 : 2', `\`?\` has no meaning here: ${conditional}`],
    ['1 if true else 2', `expected an operator or the end, found \`if\`: ${conditional}`],
    ['1 < 2 < 3', 'there is no order between a boolean and an integer: a chain is written `a < b and b < c`'],
    [
      'null < 1',
      'there is no order between null and an integer: compare two numbers, two strings or two lists of them',
    ],
    ['1 in "1"', 'only a string can stand in a string, not an integer: undefined'],
    ['1 in vars', 'only a string can be a key of an object, not an integer: undefined'],
    ['join([])', '`join` takes 2 arguments, not 1: write `join(list, separator)`'],
    ['slice([])', '`slice` takes 2 to 3 arguments, not 1: write `slice(list or text, start, end?)`'],
    ['length()', '`length` takes 1 argument, not 0: write `length(value)`'],
  ])('on %s', (expression, advice) => {
    expect(adviceOn(expression)).toBe(advice);
  });
});

describe('the forms of functions', () => {
  it('are there for each, with as many arguments as it takes', () => {
    expect([...functionForms.keys()].sort()).toEqual(functionNames);
    for (const [name, form] of functionForms) {
      const parameters = /\((.+)\)$/.exec(form)?.[1]?.split(', ') ?? [];
      const least = parameters.filter((parameter) => !parameter.endsWith('?')).length;
      const arity = arityOf(name);
      if (arity?.max === Number.POSITIVE_INFINITY) expect(parameters, form).toEqual([]);
      else expect({ min: least, max: parameters.length }, form).toEqual(arity);
    }
  });

  it('are all on the page about expressions', () => {
    const page = readFileSync(new URL('../../../docs/expressions.md', import.meta.url), 'utf8');
    const functions = page.slice(page.indexOf('## Functions'));
    const listed = [...functions.matchAll(/^\| `(\w+\([^`]*\))`/gm)].map(([, form]) => form);
    expect(listed.toSorted()).toEqual([...functionForms.values()].toSorted());
  });
});
