// The endpoints of people over a real registry: what a client sees, and what is in the tables afterwards.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/store/catalog.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { openApp } from '../support/http-app.ts';
import { desiredOf } from '../support/plans.ts';

let registry: Registry;
let app: ReturnType<typeof openApp>;
const looks: string[] = [];
beforeAll(async () => {
  registry = await openRegistry();
  app = openApp({
    queries: createCatalog(registry.test.database),
    decisions: registry.decisions,
    onDecision: (source) => looks.push(source),
    configured: ['root:test'],
  });
  const text = (body: string) => ({ body, text: `# ${body}\n`, label: body });
  await registry.put(
    desiredOf('ops', { workflows: { one: text('a'), gone: {} } }),
    desiredOf('ops', { workflows: { one: text('b') } }),
  );
});
afterAll(() => registry.test.drop());

const one = '/api/v1/workflows/ops.one';
const dataOf = async (url: string) => (await app.get(url)).json().data;
const act = async (url: string, payload?: object) => {
  const response = await app.send('POST', url, payload);
  return response.json();
};

describe('a workflow', () => {
  it('is rolled back, shown as it was written then, and unpinned', async () => {
    const now = await dataOf(one);
    const { data } = await act(`${one}/rollback`, { revision: 1 });
    expect(data).toMatchObject({ label: 'a', number: 1, pinned: true, served: { number: 1, digest: null } });
    expect(data).toEqual(await dataOf(one));
    expect((await app.get(one, { accept: 'application/yaml' })).body).toBe('# a\n');
    expect(
      (await dataOf(`${one}/revisions`)).map(({ number, served, pinned }: Record<string, unknown>) => [
        number,
        served,
        pinned,
      ]),
    ).toEqual([
      [2, false, false],
      [1, true, true],
    ]);
    expect(await act(`${one}/rollback`, { revision: 1 })).toMatchObject({
      status: 409,
      code: 'already_served',
    });
    expect(await act(`${one}/rollback`, { revision: 3 })).toMatchObject({
      status: 404,
      code: 'revision_not_found',
    });
    const problems = await dataOf('/api/v1/problems');
    expect(problems).toMatchObject([{ ref: 'ops.one', state: 'valid', served: true }]);
    const unpinned = await act(`${one}/unpin`);
    expect(unpinned.data).toMatchObject({ label: 'b', number: 2, pinned: false, revision: now.revision });
    expect(await act(`${one}/unpin`)).toMatchObject({ status: 409, code: 'not_pinned' });
    expect(looks.splice(0)).toEqual(['root:test', 'root:test']);
  });

  it('is disabled, enabled, protected and unprotected', async () => {
    for (const [word, key, value] of [
      ['disable', 'enabled', false],
      ['enable', 'enabled', true],
      ['protect', 'protected', true],
      ['unprotect', 'protected', false],
    ] as const) {
      const { data } = await act(`${one}/${word}`);
      expect([word, data[key]]).toEqual([word, value]);
      expect((await dataOf('/api/v1/workflows?q=ops.one'))[0][key]).toBe(value);
    }
    expect(looks.splice(0)).toEqual(['root:test']);
  });

  it('keeps its history readable when it is retired, and takes no decision then', async () => {
    const gone = '/api/v1/workflows/ops.gone';
    expect((await dataOf(`${gone}/revisions`))[0]).toMatchObject({ number: 1, served: false });
    expect(await dataOf(`${gone}/revisions/1`)).toMatchObject({ definition: { ref: 'ops.gone' } });
    for (const word of ['enable', 'protect', 'unpin'])
      expect(await act(`${gone}/${word}`)).toMatchObject({ status: 404, code: 'retired' });
    expect(looks).toEqual([]);
  });
});

describe('a list', () => {
  it('has facets beside its pages where they are asked for', async () => {
    const { data, pagination, facets } = (await app.get('/api/v1/workflows?facets=true&page_size=1')).json();
    expect([data.length, pagination.total_items]).toEqual([1, 1]);
    expect(facets).toEqual({
      ...{ pack: [{ value: 'ops', count: 1 }], tag: [], status: [{ value: 'active', count: 1 }] },
      ...{ source: [{ value: 'root:test', count: 1 }], enabled: [{ value: true, count: 1 }] },
    });
    expect((await app.get('/api/v1/packs/ops/workflows?facets=true&status=retired')).json()).toMatchObject({
      facets: { status: [{ value: 'retired', count: 1 }] },
    });
    expect((await app.get('/api/v1/workflows')).json()).not.toHaveProperty('facets');
  });
});

describe('a held batch', () => {
  it('is shown, approved once, and shown among the approved', async () => {
    await registry.test.query(
      "insert into held_batch (id, source, reason, refs, pending, of) values ('b1', 'root:test', 'threshold', '{ops.one}', '{ops.one}', 1)",
    );
    const [held] = await dataOf('/api/v1/held');
    expect(held).toMatchObject({ batch: 'b1', refs: ['ops.one'], count: 1, of: 1, state: 'open' });
    expect((await act('/api/v1/held/b1/approve')).data).toEqual({ ...held, state: 'approved' });
    expect(await act('/api/v1/held/b1/reject')).toMatchObject({
      status: 409,
      code: 'not_open',
      state: 'approved',
    });
    expect(await dataOf('/api/v1/held')).toEqual([]);
    expect(await dataOf('/api/v1/held?state=approved')).toHaveLength(1);
    expect(looks.splice(0)).toEqual(['root:test']);
  });
});

describe('a source', () => {
  it('is forgotten when nobody leads it and the number is right', async () => {
    await registry.test.query(
      "insert into source_lease (source, holder, epoch) values ('root:old', null, 4)",
    );
    await registry.test.query(
      "insert into pack_file (source, path, dir, role, checked_by, state) values ('root:old', 'x/pack.yaml', 'x', 'manifest', '', 'invalid')",
    );
    const old = (await dataOf('/api/v1/sources')).find(
      ({ source }: { source: string }) => source === 'root:old',
    );
    expect(old).toMatchObject({
      leader: null,
      expires_at: null,
      configured: false,
      definitions: 0,
      problems: 1,
    });
    const forget = async (url: string) => (await app.send('DELETE', `/api/v1/sources/${url}`)).json();
    expect(await forget('old?confirm=3')).toMatchObject({
      status: 409,
      code: 'confirm_differs',
      definitions: 0,
    });
    expect(await forget('old?confirm=0')).toEqual({ data: { retired: 0 } });
    expect(await dataOf('/api/v1/sources')).toMatchObject([{ source: 'root:test', configured: true }]);
    expect(await forget('nobody?confirm=0')).toMatchObject({ status: 404 });
  });
});
