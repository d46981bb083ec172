// Strings with {{ }}: how they are split, what they yield, and when a condition is true.
import { describe, expect, it } from 'vitest';
import { evaluateWhen, renderTemplate } from '../../../src/language/expression/render.ts';
import { createScope } from '../../../src/language/expression/scope.ts';
import {
  createTemplateCache,
  parseTemplate,
  templateErrors,
} from '../../../src/language/expression/template.ts';
import { mark, shown, world } from './support.ts';

const scope = createScope(world);
const render = (text: string): string => shown(renderTemplate(parseTemplate(text), scope));
const shape = (text: string): string[] =>
  parseTemplate(text).parts.map(
    (part) => `${part.kind === 'text' ? 'text' : 'expr'} ${part.start}-${part.end}`,
  );

describe('parseTemplate', () => {
  it.each<[text: string, parts: string[]]>([
    ['', []],
    ['plain', ['text 0-5']],
    ['{{ 1 }}', ['expr 0-7']],
    ['a {{ 1 }} b', ['text 0-2', 'expr 2-9', 'text 9-11']],
    ['{{1}}{{2}}', ['expr 0-5', 'expr 5-10']],
    ['{{ "}}" }}', ['expr 0-6', 'text 6-10']],
    ['{{{ 1 }}}', ['expr 0-8', 'text 8-9']],
    ['{{ {{ 1 }} }}', ['expr 0-10', 'text 10-13']],
    ['a {{ 1', ['text 0-6']],
    ['{{ 1 }} {{ 2', ['expr 0-7', 'text 7-12']],
    ['{ { 1 } }', ['text 0-9']],
    ['}} {{', ['text 0-5']],
    ['{{}}', ['expr 0-4']],
    ['{{}', ['text 0-3']],
  ])('splits %s', (text, parts) => {
    expect(shape(text)).toEqual(parts);
  });

  it('places everything in the string it was given', () => {
    const template = parseTemplate('ab {{ x + 1 }} {{ 1 + }} {{ }} {{ nope() }} {{ f(}}');
    const [, first] = template.parts;
    expect(first).toMatchObject({ inner: { start: 5, end: 12 }, result: { node: { start: 6, end: 11 } } });
    expect(templateErrors(template).map(mark)).toEqual([
      'EXPR_SYNTAX 22-22',
      'EXPR_EMPTY 27-28',
      'EXPR_SYNTAX 49-49',
    ]);
  });

  it('tells where a {{ is not closed', () => {
    expect(parseTemplate('a {{ 1').unclosed).toBe(2);
    expect(parseTemplate('{{ 1 }} {{ 2').unclosed).toBe(8);
    expect(parseTemplate('{{ 1 }} }}').unclosed).toBeUndefined();
  });

  it('knows a string that is one expression', () => {
    expect(parseTemplate(' \n{{ 1 }}\t').whole).toBeDefined();
    expect(parseTemplate('{{ 1 }}.').whole).toBeUndefined();
    expect(parseTemplate('{{ 1 }} {{ 2 }}').whole).toBeUndefined();
    expect(parseTemplate('  ').whole).toBeUndefined();
  });
});

describe('renderTemplate', () => {
  it.each([
    ['{{ count }}', '3'],
    ['  {{ list }}\n', '[3,1,2]'],
    ['{{ nothing }}', 'null'],
    ['{{ flag }}', 'true'],
    ['{{ 1 / 2 }}', '0.5'],
    ['plain', '"plain"'],
    ['', '""'],
    [' ', '" "'],
    ['n={{ count }}', '"n=3"'],
    ['{{ count }}{{ flag }}', '"3true"'],
    ['[{{ nothing }}]', '"[]"'],
    ['x{{ list }} {{ item }}', String.raw`"x[3,1,2] {\"id\":7}"`],
    ['x{{ 3.0 }}', '"x3.0"'],
    ['x{{ ["é\n"] }}', String.raw`"x[\"é\\n\"]"`],
    ['open {{ count', '"open {{ count"'],
    ['{{ }}', 'EXPR_EMPTY 2-3'],
    ['a {{ }}', 'EXPR_EMPTY 4-5'],
    ['a {{ 1 / 0 }} {{ nope }}', 'EXPR_ZERO 5-10'],
    ['{{ item.nope }}', 'EXPR_MISSING 8-12'],
    ['{{ "a }} b" }}', 'EXPR_SYNTAX 3-6'],
  ])('%j → %s', (text, outcome) => {
    expect(render(text)).toBe(outcome);
  });

  it('lets all expressions of a string share the limits', () => {
    const text = 'x{{ length(a) }}'.repeat(3);
    const limits = { steps: 5, resultBytes: 100 };
    const shared = renderTemplate(parseTemplate(text), createScope({ vars: { a: [] } }), limits);
    expect(shown(shared)).toBe('EXPR_LIMIT 36-45');
  });

  it('bounds the text', () => {
    const large = createScope({ vars: { a: 'x'.repeat(600_000) } });
    expect(shown(renderTemplate(parseTemplate('{{ a }}{{ a }}'), large))).toBe('EXPR_LIMIT 7-14');
  });
});

describe('evaluateWhen', () => {
  const when = (text: string): string => {
    const result = evaluateWhen(text, scope);
    return 'error' in result ? mark(result.error) : `${result.value} ${result.as}`;
  };

  it.each([
    ['succeeded()', 'true expression'],
    ['failed()', 'false expression'],
    ['[]', 'false expression'],
    ['"false"', 'true expression'],
    ['count > 2 and flag', 'true expression'],
    ['{{ succeeded() }}', 'true text'],
    ['{{ failed() }}', 'false text'],
    ['{{ 1 }}', 'true text'],
    ['{{ 0 }}', 'false text'],
    ['{{ 0.0 }}', 'true text'],
    ['{{ [] }}', 'true text'],
    ['{{ nothing }}', 'false text'],
    ['{{ "No" }} ', 'false text'],
    ['{{ flag }}{{ flag }}', 'true text'],
    ['', 'false text'],
    ['  ', 'false text'],
    ['no', 'false text'],
    ['FALSE', 'false text'],
    ['yes', 'true text'],
    ['bad ==', 'true text'],
    ['{{ 1 / 0 }}', 'EXPR_ZERO 3-8'],
    ['{{ }}', 'EXPR_EMPTY 2-3'],
  ])('%j → %s', (text, outcome) => {
    expect(when(text)).toBe(outcome);
  });

  it('says why a text was not taken as an expression', () => {
    expect(evaluateWhen('bad ==', scope)).toMatchObject({ failure: { code: 'EXPR_SYNTAX', start: 6 } });
    expect(evaluateWhen('yes', scope)).toMatchObject({
      failure: { code: 'EXPR_UNKNOWN_NAME', start: 0, end: 3 },
    });
  });
});

describe('createTemplateCache', () => {
  it('parses a template once, and forgets the one not asked for longest', () => {
    const cache = createTemplateCache(2);
    const a = cache.get('{{ a }}');
    const b = cache.get('{{ b }}');
    expect(cache.get('{{ a }}')).toBe(a);
    cache.get('{{ c }}');
    expect(cache.get('{{ a }}')).toBe(a);
    expect(cache.get('{{ b }}')).not.toBe(b);
  });

  it('keeps neither plain nor very long strings', () => {
    const cache = createTemplateCache(10);
    const long = `{{ a }}${'x'.repeat(5_000)}`;
    expect(cache.get('plain')).not.toBe(cache.get('plain'));
    expect(cache.get(long)).not.toBe(cache.get(long));
  });
});
