import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { prefersYaml } from '../../src/http/routes/workflows.ts';
import { AppError } from '../../src/model/errors.ts';
import { createFakeCatalog, detail, pack, summary } from '../support/fake-catalog.ts';
import { openApp as open } from '../support/http-app.ts';

const secret = 'a-secret-of-more-than-thirty-two-chars';
const sha256 = createHash('sha256').update(secret).digest('hex');

describe('reads', () => {
  it('lists summaries with pagination', async () => {
    const { get, asked } = open();
    const response = await get('/api/v1/workflows?page=2&page_size=50');
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      data: [summary],
      pagination: {
        page: 2,
        page_size: 50,
        total_items: 120,
        total_pages: 3,
        has_previous: true,
        has_next: true,
      },
    });
    expect(asked).toEqual([
      {
        pack: undefined,
        tags: [],
        tagsAny: [],
        statuses: ['active', 'degraded'],
        enabled: undefined,
        source: undefined,
        q: undefined,
        sort: undefined,
        page: 2,
        pageSize: 50,
      },
    ]);
  });

  it('hands every filter on, typed', async () => {
    const { get, asked } = open();
    await get(
      '/api/v1/workflows?pack=ops&tag=a&tag=b,c&tags_any=d,e&tags_any=f&status=retired,active&enabled=false' +
        '&source=root%3Apacks&q=%20page%20some&sort=-updated&page_size=100&facets=true',
    );
    expect(asked[0]).toEqual({
      pack: 'ops',
      tags: ['a', 'b,c'],
      tagsAny: ['d', 'e', 'f'],
      statuses: ['retired', 'active'],
      enabled: false,
      source: 'root:packs',
      q: 'page some',
      sort: '-updated',
      facets: true,
      page: 1,
      pageSize: 100,
    });
  });

  it('shows one workflow with its tasks', async () => {
    const response = await open().get('/api/v1/workflows/ops.page');
    expect(response.json().data).toEqual({
      ...detail,
      tasks: [
        { name: 'call', type: 'action', action: 'ops.call' },
        { name: 'all', type: 'parallel', action: null },
      ],
    });
  });

  it('shows one workflow as written when YAML is asked for', async () => {
    const response = await open().get('/api/v1/workflows/ops.page', { accept: 'application/yaml' });
    expect(response.headers['content-type']).toMatch(/^application\/yaml/);
    expect(response.headers['vary']).toBe('Accept');
    expect(response.body).toBe('label: Page\n');
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['application/json, application/yaml;q=0.5', false],
    ['application/yaml;q=0', false],
    ['application/yaml;q=x', false],
    ['application/yaml, */*;q=0.8', true],
    ['Application/YAML', true],
  ])('takes Accept %s as YAML: %s', (accept, expected) => {
    expect(prefersYaml(accept)).toBe(expected);
  });

  it('shows packs, one pack and its workflows', async () => {
    const { get, asked } = open();
    expect((await get('/api/v1/packs?status=active')).json().data).toEqual([pack]);
    expect((await get('/api/v1/packs/ops')).json()).toEqual({ data: pack });
    expect((await get('/api/v1/packs/old/workflows?status=retired')).json().data).toEqual([summary]);
    expect(asked.at(-1)).toMatchObject({ pack: 'old', statuses: ['retired'] });
  });

  it('shows problems and the status', async () => {
    const { get, asked } = open();
    const response = await get('/api/v1/problems?source=root:packs&pack=ops&state=invalid,conflict');
    expect(response.json()).toMatchObject({ data: [], pagination: { total_items: 0, has_previous: false } });
    expect(asked[0]).toEqual({
      source: 'root:packs',
      pack: 'ops',
      states: ['invalid', 'conflict'],
      page: 1,
      pageSize: 50,
    });
    expect((await get('/api/v1/status')).json()).toMatchObject({ data: { version: '1.2.3', roots: [] } });
  });

  it('answers HEAD like GET without a body', async () => {
    const { app } = open();
    for (const url of ['/api/v1/workflows', '/livez', '/metrics', '/']) {
      const response = await app.inject({ method: 'HEAD', url });
      expect([url, response.statusCode, response.body]).toEqual([url, 200, '']);
    }
  });

  it('shows health, metrics and a page that may load nothing', async () => {
    const { get } = open();
    expect((await get('/livez')).json()).toEqual({ live: true });
    expect((await get('/readyz')).json()).toEqual({
      ready: true,
      role: { 'root:packs': 'leader' },
      reasons: [],
    });
    expect((await get('/metrics')).body).toBe('packwatch_files 0\n');
    const page = await get('/');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
  });

  it('answers 503 while it is not live or not ready, in the same shape', async () => {
    const reasons = [{ code: 'database_unreachable', message: 'no answer' }];
    const { get, asked } = open({
      status: { live: () => false, ready: () => ({ ready: false, role: {}, reasons }), snapshot: () => ({}) },
    });
    expect((await get('/livez')).statusCode).toBe(503);
    const response = await get('/readyz');
    expect([response.statusCode, response.json()]).toEqual([503, { ready: false, role: {}, reasons }]);
    expect(asked).toEqual([]);
  });
});

describe('refusals', () => {
  it.each([
    ['/api/v1/workflows?nope=1', ['nope']],
    ['/api/v1/workflows?page=0', ['page']],
    ['/api/v1/workflows?page=-1', ['page']],
    ['/api/v1/workflows?page=1.5', ['page']],
    ['/api/v1/workflows?page=99999999999', ['page']],
    ['/api/v1/workflows?page=1&page=2', ['page']],
    ['/api/v1/workflows?page_size=101', ['page_size']],
    ['/api/v1/workflows?page_size=', ['page_size']],
    ['/api/v1/workflows?status=gone', ['status']],
    ['/api/v1/workflows?status=active,', ['status']],
    ['/api/v1/workflows?enabled=yes', ['enabled']],
    ['/api/v1/workflows?sort=created', ['sort']],
    ['/api/v1/workflows?facets=yes', ['facets']],
    ['/api/v1/workflows?q=a%00b', ['q']],
    [`/api/v1/workflows?q=${'a'.repeat(201)}`, ['q']],
    ['/api/v1/workflows?pack=', ['pack']],
    ['/api/v1/workflows?pack=a&pack=b', ['pack']],
    ['/api/v1/workflows?tags_any=a,,b', ['tags_any']],
    [`/api/v1/workflows?${'tag=a&'.repeat(60)}`, ['tag']],
    ['/api/v1/workflows?__proto__=1', ['__proto__']],
    ['/api/v1/workflows?page=x&sort=y&nope=1', ['sort', 'page', 'nope']],
    ['/api/v1/workflows/ops.page?x=1', ['x']],
    ['/api/v1/packs?q=1', ['q']],
    ['/api/v1/packs/ops?x=1', ['x']],
    ['/api/v1/packs/ops/workflows?pack=x', ['pack']],
    ['/api/v1/problems?state=fine', ['state']],
    ['/api/v1/status?x', ['x']],
  ])('refuses the query of %s with 422, asking nothing', async (url, keys) => {
    const { get, asked } = open();
    const response = await get(url);
    expect(response.statusCode).toBe(422);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = response.json();
    expect(problem).toMatchObject({ status: 422, code: 'invalid_query' });
    expect(problem.errors.map(({ key }: { key: string }) => key)).toEqual(keys);
    expect(asked).toEqual([]);
  });

  it.each([
    ['/api/v1/workflows/ops.nope', 'not_found'],
    ['/api/v1/workflows/ops.gone', 'retired'],
    ['/api/v1/workflows/ops.bad', 'not_registered'],
    ['/api/v1/workflows/%00', 'not_found'],
    ['/api/v1/workflows/..%2f..%2fetc', 'not_found'],
    [`/api/v1/workflows/${'a'.repeat(300)}`, 'not_found'],
    ['/api/v1/packs/nope', 'not_found'],
    ['/api/v1/packs/old', 'retired'],
    ['/api/v1/packs/nope/workflows', 'not_found'],
    ['/api/v1/nope', 'not_found'],
    ['/api/v1', 'not_found'],
    ['/nope', 'not_found'],
  ])('answers %s with 404 %s', async (url, code) => {
    const response = await open().get(url);
    expect(response.statusCode).toBe(404);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(response.json()).toMatchObject({ status: 404, code });
  });

  it.each([
    ['/api/v1/workflow', ['/api/v1/workflows']],
    ['/workflows', ['/api/v1/workflows']],
    ['/api/v1/wrokflows/ops.page/revision', ['/api/v1/workflows/{ref}/revisions']],
    ['/api/v1/workflows/a/revision/2', ['/api/v1/workflows/{ref}/revisions/{number}']],
    ['/API/v1/Packs', ['/api/v1/packs']],
    ['/readyz/', ['/readyz']],
    ['/health', undefined],
    ['/api/v1/%2e%2e/%2e%2e/etc/passwd', undefined],
    [`/api/v1/workflows/${'a/'.repeat(500)}`, undefined],
    [`/${'w'.repeat(4000)}`, undefined],
  ])('names what %s may have been meant for', async (url, paths) => {
    const problem = (await open().get(url)).json();
    expect(problem).toMatchObject({ status: 404, code: 'not_found' });
    expect(problem.paths).toEqual(paths);
  });

  it('says when it was retired, and what is wrong with a file that is not registered', async () => {
    const { get } = open();
    expect((await get('/api/v1/workflows/ops.gone')).json().retired_at).toBe('2031-05-04T10:20:30.400Z');
    const { diagnostics } = (await get('/api/v1/workflows/ops.bad')).json();
    expect(diagnostics).toMatchObject([{ code: 'YAML_SYNTAX', line: 3, column: 1 }]);
  });

  it('refuses other methods with 405 and Allow, before a body is looked at', async () => {
    const { app } = open();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
      for (const url of ['/api/v1/workflows', '/api/v1/packs/ops', '/livez', '/']) {
        const payload = method === 'OPTIONS' ? {} : { headers: { 'content-type': 'text/x' }, payload: 'x' };
        const response = await app.inject({ method, url, ...payload });
        expect([method, url, response.statusCode]).toEqual([method, url, 405]);
        expect(response.headers['allow']).toBe('GET, HEAD');
        expect(response.json().code).toBe('method_not_allowed');
      }
    }
  });

  it('answers a malformed address with 400, a body that is too large with 413', async () => {
    const { app, get } = open();
    app.post('/echo', async () => ({}));
    expect((await get('/api/v1/workflows/%zz')).json()).toMatchObject({ status: 400, code: 'bad_request' });
    const response = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: { 'content-type': 'application/json' },
      payload: `"${'a'.repeat(1024 ** 2)}"`,
    });
    expect(response.json()).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('answers 503 when the database does not, and 500 for a bug, without its text', async () => {
    const down = createFakeCatalog({
      listWorkflows: async () => {
        throw new AppError('database_unreachable', 'connect ECONNREFUSED 10.0.0.1', { retryable: true });
      },
      listPacks: async () => {
        throw new Error('hunter2');
      },
    });
    const { get, logged } = open({ queries: down.queries });
    const unreachable = await get('/api/v1/workflows');
    expect(unreachable.json()).toMatchObject({ status: 503, code: 'database_unreachable' });
    expect(unreachable.headers['retry-after']).toBe('1');
    expect(unreachable.body).not.toContain('10.0.0.1');
    expect(logged).toEqual([]);
    const bug = await get('/api/v1/packs');
    expect(bug.json()).toMatchObject({ status: 500, code: 'internal' });
    expect(bug.body).not.toContain('hunter2');
    expect(logged).toHaveLength(1);
  });
});

describe('who may ask', () => {
  it.each([
    ['localhost', 200],
    ['localhost:7410', 200],
    ['LOCALHOST:1', 200],
    ['pinned.example:8443', 200],
    ['[::1]:7410', 200],
    ['pinned.example', 403],
    ['pinned.example:80', 403],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['evil.example:localhost', 403],
    ['localhost@evil.example', 403],
  ])('answers Host %s with %s, on every path', async (host, status) => {
    const { get } = open({ allowedHosts: ['localhost', 'pinned.example:8443', '[::1]'] });
    for (const url of ['/api/v1/status', '/livez', '/metrics']) {
      expect((await get(url, { host })).statusCode).toBe(status);
    }
    if (status === 403) expect((await get('/nope', { host })).json().code).toBe('host_forbidden');
  });

  const tokens = () =>
    [
      { name: 'other', role: 'write', sha256: '0'.repeat(64) },
      { name: 'ci', role: 'read', sha256 },
    ] as const;

  it('asks for a token on everything below /api/v1, however the address is spelt', async () => {
    const { get, asked } = open({ tokens });
    for (const url of [
      '/api/v1/workflows',
      '/%61pi/v1/workflows',
      '/api/v1/status',
      '/api/v1/nope',
      '/api/v1/',
    ]) {
      const response = await get(url);
      expect([url, response.statusCode]).toEqual([url, 401]);
      expect(response.headers['www-authenticate']).toMatch(/^Bearer/);
    }
    expect(asked).toEqual([]);
  });

  it.each([
    [`Bearer ${secret}`, 200],
    [`bearer ${secret}`, 200],
    [`Bearer ${secret}x`, 401],
    [`Bearer ${secret.slice(1)}`, 401],
    [`Basic ${secret}`, 401],
    ['Bearer ', 401],
    [secret, 401],
  ])('answers Authorization %s with %s', async (authorization, status) => {
    expect((await open({ tokens }).get('/api/v1/workflows', { authorization })).statusCode).toBe(status);
  });

  it('asks for the tokens that are good at the time', async () => {
    let good: ReturnType<typeof tokens> | readonly [] = tokens();
    const { get } = open({ tokens: () => good });
    const ask = async () =>
      (await get('/api/v1/workflows', { authorization: `Bearer ${secret}` })).statusCode;
    expect(await ask()).toBe(200);
    good = [];
    expect(await ask()).toBe(401);
    good = tokens();
    expect(await ask()).toBe(200);
  });

  it('does not take a token from the address', async () => {
    expect((await open({ tokens }).get(`/api/v1/workflows?access_token=${secret}`)).statusCode).toBe(401);
  });

  it('refuses to change anything with a read token', async () => {
    const { app } = open({ tokens });
    const headers = { authorization: `Bearer ${secret}` };
    const response = await app.inject({ method: 'POST', url: '/api/v1/workflows', headers });
    expect(response.json()).toMatchObject({ status: 403, code: 'role_forbidden' });
  });

  it('leaves health and page open, and metrics on loopback alone', async () => {
    const { get } = open({ tokens });
    const remote = open({ tokens, isLoopback: false });
    for (const url of ['/livez', '/readyz', '/']) expect((await remote.get(url)).statusCode).toBe(200);
    expect((await get('/metrics')).statusCode).toBe(200);
    expect((await remote.get('/metrics')).statusCode).toBe(401);
    expect((await remote.get('/metrics', { authorization: `Bearer ${secret}` })).statusCode).toBe(200);
  });
});

describe('observation', () => {
  it('counts requests by pattern, never by address', async () => {
    const { get, app, requests } = open();
    await get('/api/v1/workflows/ops.page');
    await get('/some/secret/path');
    await app.inject({ method: 'PUT', url: '/livez' });
    expect(requests).toEqual([
      { route: '/api/v1/workflows/:ref', method: 'GET', status: 200 },
      { route: 'unmatched', method: 'GET', status: 404 },
      { route: '/livez', method: 'PUT', status: 405 },
    ]);
  });
});
