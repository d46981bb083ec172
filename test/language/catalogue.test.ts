// Every example of the catalogue yields its code, and docs/diagnostics.md says what the catalogue says.
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../src/language/diagnostics.ts';
import type { CatalogueEntry } from '../../src/language/diagnostics-entry.ts';
import { renderTemplate } from '../../src/language/expression/render.ts';
import { createScope } from '../../src/language/expression/scope.ts';
import { parseTemplate } from '../../src/language/expression/template.ts';
import { partsOf, type Tried, tryExample } from '../support/catalogue-examples.ts';
import { diagnosticsPage } from '../support/diagnostics-page.ts';

/** What no example can show here, and why. */
const untried: Readonly<Record<string, string>> = {
  READ_DENIED: 'the superuser reads every file',
  READ_NOT_JUDGED: 'a known one would be mended',
  READ_TOO_SLOW: 'what takes too long depends on the machine',
  SCHEMA_PATTERN: 'no key has a form that its own code does not tell',
};

/** Found when an expression is evaluated, not before. */
const evaluated: readonly string[] = ['EXPR_TYPE', 'EXPR_MISSING', 'EXPR_ZERO'];

const entries = Object.entries(catalogue) as [string, CatalogueEntry][];
const checked = entries.filter(([code]) => !(code in untried) && !evaluated.includes(code));
const tried = new Map<string, Tried>();

beforeAll(async () => {
  for (const [code, { example }] of checked) tried.set(code, await tryExample(example));
});

describe('the example', () => {
  it.each(checked)('of %s yields it, with the severity of the entry', (code, { severity }) => {
    const found = tried.get(code)?.findings.map((finding) => `${finding.code} ${finding.severity}`);
    expect(found).toContain(`${code} ${severity}`);
  });

  it.each(evaluated)('of %s yields it when it is evaluated, and nothing before', async (code) => {
    const { example } = catalogue[code as keyof typeof catalogue];
    const [template = ''] = /\{\{.*?\}\}/.exec(example) ?? [];
    const scope = createScope({ current: { result: {}, state: 'succeeded' } });
    expect(renderTemplate(parseTemplate(template), scope)).toMatchObject({ error: { code } });
    expect((await tryExample(example)).findings).toEqual([]);
  });

  it('is no text in words but where nothing can be tried', () => {
    const inWords = entries.filter(([, { example }]) => partsOf(example).length === 0);
    expect(inWords.map(([code]) => code).filter((code) => !(code in untried))).toEqual([]);
  });
});

describe('the page', () => {
  it('says what the catalogue says; `npm run docs` writes it', async () => {
    const page = diagnosticsPage(entries.map(([code, entry]) => [code, entry, tried.get(code)]));
    await expect(page).toMatchFileSnapshot(
      fileURLToPath(new URL('../../docs/diagnostics.md', import.meta.url)),
    );
  });
});
