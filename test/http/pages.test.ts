// The pages for people: what is on them, that hostile texts are texts, and that nothing is loaded or run.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { AppError } from '../../src/model/errors.ts';
import type { PackPath } from '../../src/model/pack.ts';
import { createFakeCatalog, held, summary } from '../support/fake-catalog.ts';
import { openApp } from '../support/http-app.ts';
import { openWholeApp, operationsOf, readDocument } from '../support/whole-app.ts';

const secret = 'a-secret-of-more-than-thirty-two-chars';
const sha256 = createHash('sha256').update(secret).digest('hex');
const tokens = () => [{ name: 'ci', role: 'read', sha256 }] as const;

/** Breaks out of text, of an attribute, of a style; moves the cursor; turns the direction of writing. */
const hostile = `"><script>alert('x')</script><style>*{}</style>' onclick='x &lt; \u001b[31m\u202egnp\u0000\u2028`;

function openHostile() {
  const diagnostic: Diagnostic = {
    code: 'YAML_SYNTAX',
    severity: 'error',
    message: hostile,
    help: hostile,
    line: 3,
    column: 1,
    path: hostile as PackPath,
  };
  const { queries } = createFakeCatalog({
    listWorkflows: async () => ({
      items: [
        { ...summary, label: hostile, description: hostile, version: hostile, tags: [hostile], ref: hostile },
      ],
      totalItems: 41,
      tag: 't',
    }),
    listProblems: async () => ({
      items: [
        {
          ...{
            source: 'root:packs',
            path: hostile,
            pack_ref: hostile,
            ref: hostile,
            state: 'invalid',
            served: true,
          },
          ...{
            since: summary.created,
            digest: null,
            diagnostics: Array.from({ length: 9 }, () => diagnostic),
          },
        } as const,
      ],
      totalItems: 30,
      tag: 't',
    }),
    listHeld: async () => ({ items: [{ ...held, refs: [hostile] }], totalItems: 1, tag: 't' }),
  });
  const root = {
    ...{
      source: 'root:packs',
      path: hostile,
      role: 'standby',
      leader: hostile,
      healthy: false,
      reason: hostile,
    },
    ...{ watch: null, held: 0, unlisted: [{ pack: hostile, reason: hostile }] },
  };
  return openApp({
    queries,
    status: {
      live: () => true,
      ready: () => ({ ready: true, role: {}, reasons: [] }),
      snapshot: () => ({
        ...{ version: hostile, ready: false, reasons: [{ code: 'x', message: hostile }] },
        ...{ definitions: { active: 3, degraded: 1 }, roots: [root] },
      }),
    },
  });
}

/** Names of all elements and attributes, as a parser without mercy sees them. */
function partsOf(page: string) {
  const tags = [
    ...page
      .replace(/<style>[^<]*<\/style>/, '<style>')
      .matchAll(/<([a-z0-9]+)((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>/g),
  ];
  return {
    elements: new Set(tags.map(([, name]) => name)),
    attributes: new Set(
      tags.flatMap(([, , list = '']) =>
        [...list.replaceAll(/="[^"]*"/g, '').matchAll(/\s([a-z-]+)/g)].map(([, name]) => name),
      ),
    ),
    /** Every `<` begins a tag that was understood. */
    understood:
      tags.length === [...page.replace(/<style>[^<]*<\/style>/, '<style>').matchAll(/<(?![/!])/g)].length,
  };
}

describe.each(['/', '/?q=x', `/?q=${encodeURIComponent(hostile)}&page=2`, '/docs'])('%s', (url) => {
  it('lets nothing be loaded or run, and no text be more than text', async () => {
    const response = await openHostile().get(url);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
    const { elements, attributes, understood } = partsOf(response.body);
    expect(understood).toBe(true);
    expect(elements.has('script')).toBe(false);
    expect(
      [...attributes].filter((name) => name?.startsWith('on') || name === 'style' || name === 'src'),
    ).toEqual([]);
    expect(response.body).not.toMatch(/(?!\n)[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
  });

  it('has a policy that lets in its own style and nothing else', async () => {
    const response = await openHostile().get(url);
    const [, style = ''] = /<style>([^<]*)<\/style>/.exec(response.body) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    expect(response.headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect(style).not.toMatch(/url\(|@import/);
  });
});

describe('the start page', () => {
  it('shows state, problems, held removals and roots', async () => {
    const { body } = await openHostile().get('/');
    for (const text of [
      'Not ready',
      '3 active',
      'Problems <span class="soft">30',
      'and 4 more',
      'packwatch approve a1b2c3d4e5f6',
    ])
      expect(body).toContain(text);
    expect(body).toContain('&lt;script&gt;');
    expect(body).toContain('[U+001B][31m[U+202E]gnp[U+0000][U+2028]');
    expect(body).toContain('The first 1 of 30; <a href="/api/v1/problems">all of them</a>');
    expect(body).not.toContain('workflows for');
  });

  it('searches, page by page', async () => {
    const { get, asked } = openApp();
    const { body } = await get('/?q=%20page%20&page=2');
    expect(body).toContain('120 workflows for “<bdi>page</bdi>”');
    expect(body).toContain('href="/?q=page&amp;page=1"');
    expect(body).toContain('href="/?q=page&amp;page=3"');
    expect(body).toContain('<a href="/api/v1/workflows/ops.page"><bdi>Page somebody</bdi></a>');
    expect(asked.at(-1)).toMatchObject({
      q: 'page',
      page: 2,
      pageSize: 20,
      statuses: ['active', 'degraded'],
    });
  });

  it.each(['/?q=&page=x', '/?page=0&q=a&q=b', '/?q=%00%00', '/?zzz=1'])(
    'takes %s for no search, and refuses nothing',
    async (url) => {
      const response = await openApp().get(url);
      expect(response.statusCode).toBe(200);
      expect(response.body).not.toContain('workflows for');
    },
  );

  it('says when all is well', async () => {
    const { queries } = createFakeCatalog({ listHeld: async () => ({ items: [], totalItems: 0, tag: 't' }) });
    const { body } = await openApp({ queries }).get('/');
    expect(body).toContain('Every file is served as it stands.');
    expect(body).toContain('No removal waits for a person.');
  });

  it('shows the roots when the database does not answer', async () => {
    const { queries } = createFakeCatalog({
      listProblems: async () => {
        throw new AppError('database_unreachable', 'connect ECONNREFUSED 10.0.0.1', { retryable: true });
      },
    });
    const response = await openApp({ queries }).get('/');
    expect(response.statusCode).toBe(503);
    expect(response.body).toContain('the database does not answer');
    expect(response.body).toContain('<h2>Roots</h2>');
    expect(response.body).not.toContain('10.0.0.1');
  });

  it('shows nothing of the registry to whoever does not say who they are', async () => {
    const { get, asked } = openApp({ tokens });
    for (const headers of [{}, { authorization: 'Bearer wrong' }]) {
      const { statusCode, body } = await get('/?q=page', headers as Record<string, string>);
      expect(statusCode).toBe(200);
      expect(body).toContain('Authorization: Bearer $PACKWATCH_TOKEN');
      for (const word of ['root:packs', 'active', '1.2.3', 'ops']) expect(body).not.toContain(word);
    }
    expect(asked).toEqual([]);
    expect((await get('/?q=page', { authorization: `Bearer ${secret}` })).body).toContain('Page somebody');
  });
});

describe('the reference', async () => {
  const document = await readDocument(openWholeApp({ tokens: () => [] }));
  const { body } = await openWholeApp({ tokens: () => [] }).inject({
    method: 'GET',
    url: '/docs',
    headers: { host: 'localhost:7410' },
  });

  it('has each operation at an address of its own, with a command that asks it', () => {
    for (const { method, path, operation } of operationsOf(document)) {
      const [, article = ''] = body.split(`id="${operation.operationId}"`);
      const [shown = ''] = article.split('</article>', 1);
      expect(shown).toContain(`>${method.toUpperCase()}</code><code>${path}</code>`);
      expect(shown).toContain('<pre><code>curl');
      expect(shown).toContain('http://localhost:7410');
      expect(shown.includes('Bearer $PACKWATCH_TOKEN')).toBe(operation.security.length > 0);
      expect(shown.includes('-X')).toBe(method !== 'get');
    }
  });

  it('has every schema and every place that a link leads to, once', () => {
    const ids = [...body.matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const links = [...body.matchAll(/href="#([^"]+)"/g)].map(([, id = '']) => id);
    expect(links.filter((id) => !ids.includes(id))).toEqual([]);
    for (const name of Object.keys(document.components.schemas)) expect(ids).toContain(`schema-${name}`);
  });

  it('shows how a body is sent, and what it has to be', () => {
    expect(body).toContain('--data-binary @restart.yaml');
    expect(body).toContain('--data-binary @ops.tar.gz');
    expect(body).toContain('text of <a href="#schema-WorkflowFile">WorkflowFile</a>');
    expect(body).toContain('-d &#39;{&quot;revision&quot;:2}&#39;');
  });
});
