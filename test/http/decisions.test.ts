// What people decide over HTTP: what is answered and refused, what is asked of the registry, and who has to look afterwards.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HttpOptions } from '../../src/http/ports.ts';
import type { Decisions } from '../../src/model/decisions.ts';
import type { SourceName } from '../../src/model/pack.ts';
import { createFakeCatalog, held, revision, source } from '../support/fake-catalog.ts';
import { openApp } from '../support/http-app.ts';

const done = { outcome: 'done', source: 'root:packs' as SourceName } as const;
const missing = { outcome: 'refused', reason: 'missing' } as const;

/** Everything is done that is asked of `ops.page` and the batch of the catalogue; `order` is what happened, in turn. */
function open(change: Partial<Decisions> = {}, options: Partial<HttpOptions> = {}) {
  const order: unknown[] = [];
  const remember = <T>(question: readonly unknown[], answer: T): Promise<T> => {
    order.push(question);
    return Promise.resolve(answer);
  };
  const known = <T>(ref: string, answer: T) => (ref === 'ops.page' ? answer : missing);
  const decisions: Decisions = {
    setOverlay: (ref, verb) => remember(['overlay', ref, verb], known(ref, { ...done, changed: true })),
    rollBack: (ref, number) => remember(['rollback', ref, number], known(ref, done)),
    unpin: (ref) => remember(['unpin', ref], known(ref, done)),
    decideBatch: (batch, verdict) =>
      remember(['batch', batch, verdict], batch === held.batch ? done : missing),
    forgetSource: (name, confirm) =>
      remember(['forget', name, confirm], { outcome: 'done', retired: confirm }),
    ...change,
  };
  const { queries } = createFakeCatalog();
  const app = openApp({
    queries: {
      ...queries,
      getWorkflow: (ref) => {
        order.push(['get', ref]);
        return queries.getWorkflow(ref);
      },
    },
    decisions,
    onDecision: (name) => order.push(['look', name]),
    configured: ['root:packs'],
    ...options,
  });
  return { ...app, order };
}

const workflows = '/api/v1/workflows';

describe('overlays, rollback and unpin', () => {
  it.each([
    ['enable', ['overlay', 'ops.page', 'enabled'], false],
    ['disable', ['overlay', 'ops.page', 'disabled'], false],
    ['protect', ['overlay', 'ops.page', 'protected'], false],
    ['unprotect', ['overlay', 'ops.page', 'unprotected'], true],
    ['rollback', ['rollback', 'ops.page', 3], true],
    ['unpin', ['unpin', 'ops.page'], true],
  ])(
    '%s answers the workflow as GET does, and has it looked at after it was read',
    async (word, asked, looks) => {
      const { get, send, order } = open();
      const shown = (await get(`${workflows}/ops.page`)).json();
      order.length = 0;
      const response = await send(
        'POST',
        `${workflows}/ops.page/${word}`,
        word === 'rollback' ? { revision: 3 } : undefined,
      );
      expect([response.statusCode, response.json()]).toEqual([200, shown]);
      expect(order).toEqual([asked, ['get', 'ops.page'], ...(looks ? [['look', 'root:packs']] : [])]);
    },
  );

  it('has it looked at even when it cannot be read any more', async () => {
    const { queries } = createFakeCatalog();
    const failing = { ...queries, getWorkflow: () => Promise.reject(new Error('gone')) };
    const { send, order } = open({}, { queries: failing });
    expect((await send('POST', `${workflows}/ops.page/unpin`)).statusCode).toBe(500);
    expect(order.at(-1)).toEqual(['look', 'root:packs']);
  });

  it.each([
    ['ops.nope', 'not_found'],
    ['ops.gone', 'retired'],
    ['ops.bad', 'not_registered'],
    ['%00', 'not_found'],
    ['..%2fx', 'not_found'],
  ])('answers for %s what GET does: 404 %s', async (ref, code) => {
    const { send, order } = open();
    for (const word of ['enable', 'disable', 'protect', 'unprotect', 'unpin', 'rollback']) {
      const payload = word === 'rollback' ? { revision: 1 } : undefined;
      const response = await send('POST', `${workflows}/${ref}/${word}`, payload);
      expect([word, response.statusCode, response.json().code]).toEqual([word, 404, code]);
    }
    expect(order.filter((one) => Array.isArray(one) && one[0] === 'look')).toEqual([]);
  });

  it('says why nothing was decided', async () => {
    const refuse = (reason: 'revision_missing' | 'already_served') => ({
      rollBack: async () => ({ outcome: 'refused', reason }) as const,
    });
    const ask = async (change: Partial<Decisions>, word: string) => {
      const { send, order } = open(change);
      const response = await send(
        'POST',
        `${workflows}/ops.page/${word}`,
        word === 'rollback' ? { revision: 9 } : undefined,
      );
      expect(order).toEqual([]);
      const { status, code, detail } = response.json();
      return [response.statusCode === status, status, code, detail];
    };
    expect(await ask(refuse('revision_missing'), 'rollback')).toEqual([
      ...[true, 404, 'revision_not_found', 'ops.page has no revision 9'],
    ]);
    expect(await ask(refuse('already_served'), 'rollback')).toEqual([
      ...[true, 409, 'already_served', 'revision 9 of ops.page is served already'],
    ]);
    const notPinned = async () => ({ outcome: 'refused', reason: 'not_pinned' }) as const;
    expect((await ask({ unpin: notPinned }, 'unpin')).slice(0, 3)).toEqual([true, 409, 'not_pinned']);
  });

  it.each([
    [undefined, ['revision']],
    [{}, ['revision']],
    [{ revision: 0 }, ['revision']],
    [{ revision: 1.5 }, ['revision']],
    [{ revision: '1' }, ['revision']],
    [{ revision: null }, ['revision']],
    [{ revision: 2_147_483_648 }, ['revision']],
    [{ revision: 1, number: 1 }, ['number']],
    ['{"revision": 1, "__proto__": {}}', ['__proto__']],
    [{ number: 1 }, ['revision', 'number']],
  ])('refuses the body %j of a rollback with 422, naming the fields', async (payload, keys) => {
    const { send, order } = open();
    const response = await send('POST', `${workflows}/ops.page/rollback`, payload, {
      'content-type': 'application/json',
    });
    expect(response.json()).toMatchObject({ status: 422, code: 'invalid_body' });
    expect(response.json().errors.map(({ key }: { key: string }) => key)).toEqual(keys);
    expect(order).toEqual([]);
  });

  it.each([
    ['{"revision": 1', 'application/json', 400, 'bad_request'],
    ['[1]', 'application/json', 422, 'invalid_body'],
    ['1', 'application/json', 422, 'invalid_body'],
    ['revision=1', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['{"revision": 1}', 'text/plain', 415, 'unsupported_media_type'],
    ['revision: 1', 'application/yaml', 415, 'unsupported_media_type'],
    [`{"revision": "${'a'.repeat(1024 ** 2)}"}`, 'application/json', 413, 'body_too_large'],
  ])('refuses the body %.20s as %s with %s', async (payload, type, status, code) => {
    const { send, order } = open();
    for (const url of [
      `${workflows}/ops.page/rollback`,
      `${workflows}/ops.page/unpin`,
      `/api/v1/held/${held.batch}/approve`,
    ]) {
      const response = await send('POST', url, payload, { 'content-type': type });
      expect([url, response.statusCode, response.json().code]).toEqual([url, status, code]);
    }
    expect(order).toEqual([]);
  });

  it('takes an empty object where nothing is to be said, and no unknown field or key', async () => {
    const { send, order } = open();
    expect((await send('POST', `${workflows}/ops.page/unpin`, {})).statusCode).toBe(200);
    const json = { 'content-type': 'application/json' };
    expect((await send('POST', `${workflows}/ops.page/enable`, '', json)).statusCode).toBe(200);
    const before = order.length;
    const refused = await send('POST', `${workflows}/ops.page/enable`, { force: true });
    expect(refused.json()).toMatchObject({ status: 422, errors: [{ key: 'force' }] });
    const asked = await send('POST', `${workflows}/ops.page/enable?force=1`);
    expect(asked.json()).toMatchObject({ status: 422, code: 'invalid_query' });
    expect(order).toHaveLength(before);
  });
});

describe('revisions', () => {
  it('lists them and shows one, also of what is retired', async () => {
    const { get, asked } = openApp();
    for (const ref of ['ops.page', 'ops.gone']) {
      const list = (await get(`${workflows}/${ref}/revisions?page=2&page_size=1`)).json();
      expect(list).toMatchObject({
        data: [revision],
        pagination: { page: 2, total_items: 2, has_previous: true },
      });
      expect(asked.at(-1)).toEqual({ ref, page: 2, pageSize: 1 });
      const one = (await get(`${workflows}/${ref}/revisions/1`)).json();
      expect(one).toEqual({ data: { ...revision, definition: {}, source_text: 'label: Page\n' } });
    }
  });

  it.each([
    ['ops.nope/revisions', 'not_found'],
    ['ops.bad/revisions', 'not_registered'],
    ['ops.nope/revisions/1', 'not_found'],
    ['%00/revisions', 'not_found'],
    ['ops.page/revisions/3', 'revision_not_found'],
    ['ops.page/revisions/0', 'revision_not_found'],
    ['ops.page/revisions/x', 'revision_not_found'],
    ['ops.page/revisions/1.5', 'revision_not_found'],
    ['ops.page/revisions/99999999999999999999', 'revision_not_found'],
  ])('answers %s with 404 %s', async (path, code) => {
    const response = await openApp().get(`${workflows}/${path}`);
    expect([response.statusCode, response.json().code]).toEqual([404, code]);
  });
});

describe('held removals', () => {
  it('lists the open ones, or those asked for', async () => {
    const { get, asked } = openApp();
    expect((await get('/api/v1/held')).json()).toMatchObject({
      data: [held],
      pagination: { total_items: 1 },
    });
    expect(asked[0]).toEqual({ states: ['open'], source: undefined, page: 1, pageSize: 50 });
    await get('/api/v1/held?state=rejected,expired&source=root:packs');
    expect(asked[1]).toMatchObject({ states: ['rejected', 'expired'], source: 'root:packs' });
    expect((await get('/api/v1/held?state=gone')).json()).toMatchObject({
      status: 422,
      errors: [{ key: 'state' }],
    });
  });

  it('approves and rejects a batch, and has its source looked at', async () => {
    for (const [word, verdict] of [
      ['approve', 'approved'],
      ['reject', 'rejected'],
    ]) {
      const { send, order } = open();
      const response = await send('POST', `/api/v1/held/${held.batch}/${word}`);
      expect([response.statusCode, response.json()]).toEqual([200, { data: { ...held, state: 'approved' } }]);
      expect(order).toEqual([
        ['batch', held.batch, verdict],
        ['look', 'root:packs'],
      ]);
    }
  });

  it('refuses what is not there and what is not open, naming its state', async () => {
    const { send, order } = open({
      decideBatch: async (batch) =>
        batch === 'nope' ? missing : { outcome: 'refused', reason: 'not_open', state: 'expired' },
    });
    expect((await send('POST', '/api/v1/held/nope/approve')).json()).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    const refused = (await send('POST', `/api/v1/held/${held.batch}/reject`)).json();
    expect(refused).toMatchObject({ status: 409, code: 'not_open', state: 'expired' });
    expect(refused.detail).toContain('has expired');
    expect(order).toEqual([]);
  });
});

describe('sources', () => {
  it('lists them, and says which are roots of this daemon', async () => {
    expect((await open().get('/api/v1/sources')).json().data).toEqual([{ ...source, configured: true }]);
    expect((await openApp().get('/api/v1/sources')).json().data).toEqual([{ ...source, configured: false }]);
  });

  it('forgets one by its name or the name of its root', async () => {
    for (const name of ['old', 'root:old', 'root%3Aold']) {
      const { send, order } = open();
      const response = await send('DELETE', `/api/v1/sources/${name}?confirm=4`);
      expect([response.statusCode, response.json()]).toEqual([200, { data: { retired: 4 } }]);
      expect(order).toEqual([['forget', 'root:old', 4]]);
    }
  });

  it.each([
    ['', 422, 'invalid_query'],
    ['?confirm=', 422, 'invalid_query'],
    ['?confirm=-1', 422, 'invalid_query'],
    ['?confirm=all', 422, 'invalid_query'],
    ['?confirm=1&confirm=2', 422, 'invalid_query'],
    ['?confirm=1&force=1', 422, 'invalid_query'],
  ])('refuses the query %s', async (query, status, code) => {
    const { send, order } = open();
    expect((await send('DELETE', `/api/v1/sources/old${query}`)).json()).toMatchObject({ status, code });
    expect(order).toEqual([]);
  });

  it('refuses its own roots, and says why the registry refuses', async () => {
    const ask = async (name: string, change: Partial<Decisions> = {}) => {
      const { status, code, detail } = (
        await open(change).send('DELETE', `/api/v1/sources/${name}?confirm=1`)
      ).json();
      return [status, code, detail];
    };
    expect((await ask('packs')).slice(0, 2)).toEqual([409, 'still_configured']);
    const forgetting = (result: Awaited<ReturnType<Decisions['forgetSource']>>) => ({
      forgetSource: async () => result,
    });
    const led = { outcome: 'refused', reason: 'still_led', leader: 'web-1, process 42' } as const;
    expect(await ask('old', forgetting(led))).toEqual([
      409,
      'still_led',
      'root:old is led by web-1, process 42',
    ]);
    const differs = { outcome: 'refused', reason: 'confirm_differs', count: 12 } as const;
    const [status, code, detail] = await ask('old', forgetting(differs));
    expect([status, code]).toEqual([409, 'confirm_differs']);
    expect(detail).toContain('12 definitions');
    for (const name of ['old', 'api:x', 'Old%20One', '%00']) {
      expect((await ask(name, forgetting(missing))).slice(0, 2)).toEqual([404, 'not_found']);
    }
  });
});

describe('explain', () => {
  const answer = { steps: [], state: 'unknown', diagnostics: [] } as const;
  async function ask(query: string, configured: readonly string[] = ['root:packs']) {
    const asked: unknown[] = [];
    const { get } = openApp({
      configured,
      explain: async (question) => {
        asked.push(question);
        return answer;
      },
    });
    const response = await get(`/api/v1/explain${query}`);
    return { status: response.statusCode, body: response.json(), asked };
  }

  it.each([
    ['?path=ops/workflows/a.yaml', { about: 'path', source: 'root:packs', path: 'ops/workflows/a.yaml' }],
    ['?path=./ops/a%20b.yaml&source=other', { about: 'path', source: 'root:other', path: 'ops/a b.yaml' }],
    ['?path=a&source=api', { about: 'path', source: 'root:api', path: 'a' }],
    ['?ref=ops.a', { about: 'ref', ref: 'ops.a', source: undefined }],
    ['?ref=ops.a&source=root:x', { about: 'ref', ref: 'ops.a', source: 'root:x' }],
  ])('understands %s', async (query, question) => {
    expect(await ask(query)).toEqual({ status: 200, body: { data: answer }, asked: [question] });
  });

  it.each([
    ['', ['path']],
    ['?path=a&ref=b.c', ['ref']],
    ['?path=', ['path', 'path']],
    ['?path=a&digest=b', ['digest']],
  ])('refuses %s', async (query, keys) => {
    const { status, body, asked } = await ask(query);
    expect([status, body.errors.map(({ key }: { key: string }) => key), asked]).toEqual([422, keys, []]);
  });

  it('wants to know the root where there is not just one', async () => {
    const { body } = await ask('?path=a', ['root:x', 'root:y']);
    expect(body.errors).toEqual([{ key: 'source', message: 'expected one of root:x, root:y' }]);
  });
});

describe('who may decide', () => {
  const secret = 'a-secret-of-more-than-thirty-two-chars';
  const sha256 = createHash('sha256').update(secret).digest('hex');
  const writes: readonly (readonly ['POST' | 'DELETE', string])[] = [
    ...['enable', 'disable', 'protect', 'unprotect', 'unpin', 'rollback'].map(
      (word) => ['POST', `${workflows}/ops.page/${word}`] as const,
    ),
    ['POST', `/api/v1/held/${held.batch}/approve`],
    ['POST', `/api/v1/held/${held.batch}/reject`],
    ['DELETE', '/api/v1/sources/old?confirm=1'],
  ];
  const payloadOf = (url: string) => (url.endsWith('rollback') ? { revision: 1 } : undefined);

  it.each([
    ['nobody', undefined, 401, 'unauthorized'],
    ['a reader', 'read', 403, 'role_forbidden'],
    ['a writer', 'write', 200, undefined],
  ] as const)('answers %s', async (_, role, status, code) => {
    const tokens = () => [{ name: 'ci', role: role ?? 'write', sha256 }];
    for (const [method, url] of writes) {
      const { send, order } = open({}, { tokens });
      const headers: Record<string, string> = role === undefined ? {} : { authorization: `Bearer ${secret}` };
      const response = await send(method, url, payloadOf(url), headers);
      expect([url, response.statusCode, response.json().code]).toEqual([url, status, code]);
      expect(order.length > 0).toBe(status === 200);
    }
  });

  it.each([
    ['http://localhost:7410', 200],
    ['HTTP://LOCALHOST:7410', 200],
    ['https://packs.example', 200],
    ['http://localhost:3000', 403],
    ['https://evil.example', 403],
    ['https://packs.example.evil.example', 403],
    ['null', 403],
    ['', 403],
  ])('answers a page of %s with %s', async (origin, status) => {
    for (const [method, url] of writes) {
      const { send, get, order } = open({}, { allowedHosts: ['localhost', 'packs.example'] });
      const headers = { origin, host: 'localhost:7410' };
      expect((await send(method, url, payloadOf(url), headers)).statusCode).toBe(status);
      expect(order.length > 0).toBe(status === 200);
      // What only reads gives a foreign page nothing: it may not see the answer.
      expect((await get('/api/v1/held', headers)).statusCode).toBe(200);
    }
  });

  it('answers other methods with 405 and what is allowed', async () => {
    const { app } = open();
    for (const [method, url] of writes) {
      const response = await app.inject({ method: 'PUT', url });
      expect([url, response.statusCode, response.headers['allow']]).toEqual([url, 405, method]);
      expect((await app.inject({ method: 'GET', url })).statusCode).toBe(405);
    }
    for (const url of [`${workflows}/ops.page/revisions`, '/api/v1/held', '/api/v1/sources']) {
      const response = await app.inject({ method: 'POST', url });
      expect([url, response.statusCode, response.headers['allow']]).toEqual([url, 405, 'GET, HEAD']);
    }
  });

  it('decides nothing over a listener that was given nothing to decide with', async () => {
    const { send, get } = openApp();
    for (const [method, url] of writes) expect((await send(method, url)).statusCode).toBe(404);
    expect((await get('/api/v1/explain?ref=a.b')).statusCode).toBe(404);
  });
});
