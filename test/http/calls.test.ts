// Calls over HTTP: who calls whom, and what is wrong with the calls of one workflow by what is registered at that moment.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judgeRegistered } from '../../src/registry/called.ts';
import { createCatalog } from '../../src/store/catalog.ts';
import { action, createApplier, file, workflow } from '../store/catalog-fixture.ts';
import { openApp } from '../support/http-app.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const text = `tasks:
  - name: good
    action: net.base
    input: { a: 1 }
  - name: odd
    action: net.base
    input: { b: 1 }
  - name: fan
    tasks:
      - name: lost
        action: net.bas
  - name: broken
    action: net.broken
  - name: elsewhere
    action: core.mail
`;
const tasks = [
  { name: 'good', action: 'net.base', input: { a: 1 } },
  { name: 'odd', action: 'net.base', input: { b: 1 } },
  { name: 'fan', tasks: [{ name: 'lost', action: 'net.bas' }] },
  { name: 'broken', action: 'net.broken' },
  { name: 'elsewhere', action: 'core.mail' },
];

let test: TestDatabase;
let app: ReturnType<typeof openApp>;
beforeAll(async () => {
  test = await createTestDatabase();
  const main = await createApplier(test.database);
  const path = 'net/actions/base.yaml';
  await main.apply('ops', workflow('ops.caller', { text, tasks }));
  await main.apply('net', {
    actions: [
      {
        ...action('net.base', { path, isWorkflow: false }),
        param_schema: { a: { type: 'integer', required: true } },
      },
    ],
    files: [
      file(path, { role: 'action', ref: 'net.base' }),
      file('net/actions/broken.yaml', { role: 'action', ref: 'net.broken', state: 'invalid' }),
    ],
  });
  app = openApp({ queries: createCatalog(test.database), judgeCalls: judgeRegistered });
});
afterAll(() => test.drop());

const caller = '/api/v1/workflows/ops.caller';

describe('a workflow with its calls', () => {
  it('tells where they are wrong by what is registered, and nothing of packs that are not', async () => {
    const { data } = (await app.get(`${caller}?calls=true`)).json();
    expect(
      data.call_diagnostics.map(({ code, severity, path, line, column }: Record<string, unknown>) =>
        [code, severity, path, line, column].join(' '),
      ),
    ).toEqual([
      'CALL_MISSING_PARAMETER warning ops/workflows/caller.yaml 7 12',
      'CALL_UNKNOWN_PARAMETER warning ops/workflows/caller.yaml 7 14',
      'CALL_UNKNOWN_ACTION warning ops/workflows/caller.yaml 11 17',
    ]);
    expect(data.call_diagnostics[2].help).toBe('did you mean `net.base`?');
    expect((await app.get(caller)).json().data).not.toHaveProperty('call_diagnostics');
    expect((await app.get(`${caller}?calls=false`)).json()).toEqual((await app.get(caller)).json());
  });

  it('has another tag when a pack changes that it calls into, and 304 until then', async () => {
    const etag = String((await app.get(`${caller}?calls=true`)).headers['etag']);
    const known = { 'if-none-match': etag };
    expect((await app.get(`${caller}?calls=true`, known)).statusCode).toBe(304);
    await test.query(`update action set param_schema = '{"b": {"type": "integer"}}' where ref = 'net.base'`);
    const changed = await app.get(`${caller}?calls=true`, known);
    expect(changed.statusCode).toBe(200);
    expect(changed.json().data.call_diagnostics.map(({ line }: { line: number }) => line)).toEqual([4, 11]);
  });

  it('is found by what it calls, and lists it', async () => {
    const callees = (await app.get(`${caller}/callees?page_size=2`)).json();
    expect(callees).toMatchObject({
      data: [
        { ref: 'core.mail', state: 'elsewhere' },
        { ref: 'net.bas', state: 'missing' },
      ],
      pagination: { total_items: 4, has_next: true },
    });
    expect((await app.get(`${caller}/callers`)).json()).toMatchObject({
      data: [],
      pagination: { total_items: 0 },
    });
    for (const path of ['net.base/callers', 'no.such/callees', '..%2fx/callers']) {
      const refusal = await app.get(`/api/v1/workflows/${path}`, { 'if-none-match': '*' });
      expect([path, refusal.statusCode, refusal.json().code]).toEqual([path, 404, 'not_found']);
    }
    expect((await app.get(`${caller}/callers?x=1`)).statusCode).toBe(422);
  });
});
