// Every operation of the document asked of a running daemon: each success and each refusal that it names, as it says.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answered, type ApiClient, createApiClient } from '../support/api-client.mjs';
import { fuzz } from '../support/api-fuzz.mjs';
import { codesOf, createJudge } from '../support/api-judge.mjs';
import { type Given, type Placed, provocations, requestOf } from '../support/api-request.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite } from '../support/site.ts';
import { archive, file } from '../support/tar.ts';
import { eventually } from '../support/wait.ts';
import { type ApiDocument, operationsOf } from '../support/whole-app.ts';

const secrets = Array.from({ length: 20 }, (_, index) => `secret-${index}-${'x'.repeat(32)}`);
let turn = 0;
/** Each token has a rate of its own, so they take turns. */
const bearer = {
  get write() {
    turn += 1;
    return secrets[turn % secrets.length] ?? '';
  },
  read: 'r'.repeat(40),
};

/** Refusals that need a daemon in trouble or hurried, or one that other machines can reach; tests of their own bring them about. */
const elsewhere =
  /busy|too_many_waiting|not_scanned|database_unreachable|shutting_down|rate_limited|^getMetrics unauthorized$/;

let client: ApiClient;
let document: ApiDocument;
let judge: ReturnType<typeof createJudge>;
let places: ReadonlyMap<string, Placed>;
/** `getWorkflow 200`, `getWorkflow not_found`: what was seen, as documented. */
const seen = new Set<string>();

const later: (() => Promise<void>)[] = [];
afterAll(async () => {
  client?.close();
  for (const act of later) await act();
});

beforeAll(async () => {
  const site = await createSite((act) => later.push(act));
  const tokens = join(site.dir, 'tokens');
  const lines = secrets.map((secret, index) => `w${index}:write:${secret}\n`);
  await writeFile(tokens, `${lines.join('')}r:read:${bearer.read}\n`);
  await chmod(tokens, 0o600);
  const text = (label: string) => workflowText({ label, x: 1 });
  await site.saveAll(packFiles('ops', { one: text('one'), two: text('two'), gone: text('gone'), bad: '!' }));
  await site.saveAll(packFiles('old', { last: text('last') }));
  const daemon = site.daemon(['--token-file', tokens, '--retain-days', '30']);
  await daemon.ready();
  await site.save('ops/workflows/one.yaml', workflowText({ label: 'one', x: 2 }));
  await site.remove('ops/workflows/gone.yaml');
  await site.remove('old');
  await site.rows(
    `insert into packwatch.held_batch (id, source, reason, refs, pending, of) values
       ('b1', 'root:ghost', 'threshold', '{ops.x}', '{ops.x}', 1), ('b2', 'root:ghost', 'root_empty', '{ops.y}', '{ops.y}', 1)`,
  );
  await site.rows(
    `insert into packwatch.source_lease (source, holder, epoch, expires_at) values
       ('root:ghost', null, 4, default), ('root:led', 'elsewhere boot 1 42 7', 1, now() + interval '1 hour')`,
  );
  client = createApiClient(await daemon.url());
  const raw = await client.ask({ method: 'GET', path: '/openapi.json' });
  document = JSON.parse(raw.text) as ApiDocument;
  judge = createJudge(document);
  places = new Map(operationsOf(document).map((placed) => [placed.operation.operationId, placed]));
  await eventually(async () => {
    const rows = await site.rows(
      `select d.ref, d.status, (select max(number) from packwatch.workflow_revision r where r.workflow_definition = d.id)::int as newest
       from packwatch.workflow_definition d where ref in ('ops.one', 'ops.gone', 'old.last') order by ref`,
    );
    expect(rows.map(({ ref, status, newest }) => `${ref} ${status} ${newest}`)).toEqual([
      ...['old.last retired 1', 'ops.gone retired 1', 'ops.one active 2'],
    ]);
  });
});

/** Asks, and judges the answer; it has to have this status, and this code where it is a refusal. */
async function ask(id: string, expected: number | string, given: Given = {}): Promise<Answered> {
  const placed = places.get(id);
  if (placed === undefined) throw new Error(`the document has no operation ${id}`);
  const asked = requestOf(placed, given);
  const headers = () => ({ authorization: `Bearer ${bearer.write}`, ...asked.headers });
  const answer = take(placed, expected, await client.ask({ ...asked, headers: headers() }));
  // Whatever has a tag is not sent to a client that has it: `*` is any.
  if (placed.method === 'get' && answer.status === 200 && answer.headers['etag'] !== undefined)
    take(placed, 304, await client.ask({ ...asked, headers: { ...headers(), 'if-none-match': '*' } }));
  return answer;
}

function take(placed: Placed, expected: number | string, answer: Answered): Answered {
  const { status, headers, text } = answer;
  const isProblem = String(headers['content-type']).startsWith('application/problem+json');
  const got = isProblem ? JSON.parse(text).code : status;
  expect([got, ...judge(placed, answer)], `${placed.operation.operationId}: ${text.slice(0, 500)}`).toEqual([
    expected,
  ]);
  seen.add(`${placed.operation.operationId} ${expected}`);
  return answer;
}

type Case = readonly [id: string, expected: number | string, given?: Given];

const one: Given = { params: { ref: 'ops.one' } };
const none: Given = { params: { ref: 'ops.none' } };
const gone: Given = { params: { ref: 'ops.gone' } };
const bad: Given = { params: { ref: 'ops.bad' } };
/** What stands behind a ref when there is no workflow to act on. */
const noWorkflow = (id: string): readonly Case[] => [
  [id, 'not_found', none],
  [id, 'retired', gone],
  [id, 'not_registered', bad],
];
const page = (id: string, given: Given = {}): readonly Case[] => [
  [id, 200, given],
  [id, 200, { ...given, query: 'page=7&page_size=1' }],
];

const stale = { headers: { 'if-match': '"other"' } };
const mine: Given = { params: { ref: 'ops.mine' } };
const textOf = (ref: string) => `ref: ${ref}\n${workflowText({ label: 'mine', x: 1 })}`;
const withText = ([id, expected, given]: Case): Case => [
  id,
  expected,
  { ...given, body: workflowText({ label: 'mine', x: 2 }) },
];
const writes: readonly Case[] = [
  // It changes nothing: whoever may read may ask.
  [
    'validateWorkflow',
    200,
    { body: textOf('ops.mine'), headers: { authorization: `Bearer ${bearer.read}` } },
  ],
  ['validateWorkflow', 200, { body: { definition: {} }, type: 'application/json' }],
  ['createWorkflow', 201, { body: textOf('ops.mine') }],
  ['createWorkflow', 'exists', { body: textOf('ops.mine') }],
  ['createWorkflow', 'owned_by_file', { body: textOf('ops.one') }],
  ['createWorkflow', 'pack_not_found', { body: textOf('nowhere.mine') }],
  ['createWorkflow', 'invalid_definition', { body: 'ref: ops.other\n' }],
  withText(['replaceWorkflow', 200, mine]),
  withText(['replaceWorkflow', 'owned_by_file', one]),
  withText(['replaceWorkflow', 'precondition_failed', { ...mine, ...stale }]),
  ['replaceWorkflow', 'invalid_definition', { ...mine, body: 'tasks: []\n' }],
  ...noWorkflow('replaceWorkflow').map(withText),
  ['protectWorkflow', 200, mine],
  ['retireWorkflow', 'protected', mine],
  ['unprotectWorkflow', 200, mine],
  ['retireWorkflow', 'precondition_failed', { ...mine, ...stale }],
  ['retireWorkflow', 'owned_by_file', one],
  ['retireWorkflow', 204, mine],
  ...noWorkflow('retireWorkflow'),
];

const up: Given = { params: { ref: 'up' } };
const archived = (ref: string, name = 'flow', text = workflowText({ label: name, x: 1 })): Given => ({
  params: { ref },
  body: archive(file('pack.yaml', `ref: ${ref}\nversion: 1.0.0\n`), file(`workflows/${name}.yaml`, text)),
});
const uploads: readonly Case[] = [
  ['createPack', 201, archived('up')],
  ['createPack', 'exists', archived('up')],
  ['createPack', 'owned_by_root', archived('ops')],
  ['createPack', 'invalid_pack', archived('other', 'flow', '!')],
  ['createPack', 'invalid_archive', { body: 'none' }],
  ['replacePack', 200, archived('up')],
  ['syncPack', 'not_on_disk', up],
  ['validatePack', 'not_on_disk', up],
  ['reloadWorkflow', 'not_on_disk', { params: { ref: 'up.flow' } }],
  ['replacePack', 'not_found', archived('none')],
  ['replacePack', 'retired', archived('old')],
  ['replacePack', 'owned_by_root', archived('ops')],
  ['replacePack', 'invalid_pack', archived('up', 'flow', '!')],
  ['replacePack', 'invalid_archive', { ...up, body: 'none' }],
  ['replacePack', 'precondition_failed', { ...archived('up'), ...stale }],
  ['createWorkflow', 201, { body: textOf('up.single') }],
  ['replacePack', 'claimed', archived('up', 'single')],
  ['protectWorkflow', 200, { params: { ref: 'up.flow' } }],
  ['replacePack', 'protected', archived('up', 'another')],
  ['retirePack', 'protected', up],
  ['unprotectWorkflow', 200, { params: { ref: 'up.flow' } }],
  ['retirePack', 'precondition_failed', { ...up, ...stale }],
  ['retirePack', 'owned_by_root', { params: { ref: 'ops' } }],
  ['retirePack', 204, up],
  ['retirePack', 'retired', up],
  ['retirePack', 'not_found', none],
];

/** In this order: what is decided changes what can be decided next. */
const cases: readonly Case[] = [
  ...page('listWorkflows'),
  [
    'listWorkflows',
    200,
    { query: 'q=one&pack=ops&status=active,retired&enabled=true&sort=-updated&tag=a&tags_any=b,c' },
  ],
  ['listWorkflows', 200, { query: 'facets=true' }],
  ['getWorkflow', 200, one],
  ['getWorkflow', 200, { ...one, headers: { accept: 'application/yaml' } }],
  ...noWorkflow('getWorkflow'),
  ...page('listRevisions', one),
  ...page('listRevisions', gone),
  ['listRevisions', 'not_found', none],
  ['listRevisions', 'not_registered', bad],
  ...['listCallers', 'listCallees'].flatMap((id): readonly Case[] => [
    ...page(id, one),
    ...page(id, gone),
    [id, 'not_found', none],
    [id, 'not_registered', bad],
  ]),
  ...['listCallers', 'listCallees'].flatMap((id): readonly Case[] => [
    ...page(id, one),
    [id, 200, gone],
    [id, 'not_found', none],
    [id, 'not_registered', bad],
  ]),
  ['getRevision', 200, { params: { ref: 'ops.one', number: 1 } }],
  ['getRevision', 'not_found', none],
  ['getRevision', 'not_registered', bad],
  ['getRevision', 'revision_not_found', { params: { ref: 'ops.one', number: 9 } }],
  ...['disable', 'enable', 'protect', 'unprotect'].flatMap((word): readonly Case[] => [
    [`${word}Workflow`, 200, one],
    [`${word}Workflow`, 'precondition_failed', { ...one, ...stale }],
    ...noWorkflow(`${word}Workflow`),
  ]),
  ['unpinWorkflow', 'not_pinned', one],
  ['unpinWorkflow', 'precondition_failed', { ...one, ...stale }],
  ['rollbackWorkflow', 'precondition_failed', { ...one, ...stale, body: { revision: 1 } }],
  ['rollbackWorkflow', 'already_served', { ...one, body: { revision: 2 } }],
  ['rollbackWorkflow', 'revision_not_found', { ...one, body: { revision: 7 } }],
  ['rollbackWorkflow', 200, { ...one, body: { revision: 1 } }],
  ...noWorkflow('rollbackWorkflow'),
  ['getWorkflow', 200, one],
  ['unpinWorkflow', 200, one],
  ...noWorkflow('unpinWorkflow'),
  ...writes,
  ...uploads,
  ...page('listPacks'),
  ['getPack', 200, { params: { ref: 'ops' } }],
  ['getPack', 'not_found', none],
  ['getPack', 'retired', { params: { ref: 'old' } }],
  ...page('listPackWorkflows', { params: { ref: 'ops' } }),
  ['listPackWorkflows', 'not_found', none],
  ...page('listProblems'),
  ['explain', 200, { query: 'path=ops/workflows/bad.yaml' }],
  ['explain', 200, { query: 'ref=ops.none' }],
  ['getWait', 200, { query: 'path=ops/workflows/one.yaml&timeout=0' }],
  ['getWait', 200, { query: 'ref=ops.bad&timeout=0' }],
  ['getWait', 'not_found', { query: 'ref=ops.none&timeout=0' }],
  ['reconcile', 200],
  ['reconcile', 200, { query: 'source=packs' }],
  ['reconcile', 'not_found', { query: 'source=root:nobody' }],
  ['syncPack', 200, { params: { ref: 'ops' } }],
  ['syncPack', 'not_found', none],
  ['validatePack', 200, { params: { ref: 'ops' } }],
  ['validatePack', 'not_found', none],
  ['reloadWorkflow', 200, one],
  ...noWorkflow('reloadWorkflow'),
  ...page('listHeld'),
  ['approveHeld', 200, { params: { batch: 'b1' } }],
  ['approveHeld', 'not_open', { params: { batch: 'b1' } }],
  ['approveHeld', 'not_found', { params: { batch: 'none' } }],
  ['rejectHeld', 200, { params: { batch: 'b2' } }],
  ['rejectHeld', 'not_open', { params: { batch: 'b2' } }],
  ['rejectHeld', 'not_found', { params: { batch: 'none' } }],
  ['listHeld', 200, { query: 'state=approved,rejected' }],
  ...page('listSources'),
  ['forgetSource', 'not_found', { params: { name: 'nobody' }, query: 'confirm=0' }],
  ['forgetSource', 'still_configured', { params: { name: 'packs' }, query: 'confirm=0' }],
  ['forgetSource', 'still_led', { params: { name: 'led' }, query: 'confirm=0' }],
  ['forgetSource', 'confirm_differs', { params: { name: 'ghost' }, query: 'confirm=9' }],
  ['forgetSource', 200, { params: { name: 'ghost' }, query: 'confirm=0' }],
  ['getChanges', 200, { query: 'since=0' }],
  ['getChanges', 'changes_gone', { query: 'since=999999' }],
  ['getEvents', 200, { query: 'since=0' }],
  ['getEvents', 'changes_gone', { query: 'since=999999' }],
  ['getStatus', 200],
  ['getLiveness', 200],
  ['getReadiness', 200],
  ['getMetrics', 200],
  ['getDocument', 200],
  ['getIndexPage', 200],
  ['getIndexPage', 200, { query: 'q=one&page=2' }],
  ['getReference', 200],
];

describe('the document of a running daemon', () => {
  it('is answered as it says, case by case', async () => {
    for (const [id, expected, given] of cases) await ask(id, expected, given);
  });

  it('says truly what anything can be refused for', async () => {
    for (const placed of places.values()) {
      const provoke = provocations(placed, bearer);
      for (const code of codesOf(document, placed)) {
        const asked = provoke(code);
        if (asked !== undefined && !elsewhere.test(`${placed.operation.operationId} ${code}`))
          take(placed, code, await client.ask(asked));
      }
    }
  });

  it('has no success and no refusal that was not seen', () => {
    const documented = [...places.values()].flatMap((placed) =>
      [
        ...Object.keys(placed.operation.responses).filter((status) => status < '400'),
        ...codesOf(document, placed),
      ].map((what) => `${placed.operation.operationId} ${what}`),
    );
    expect(documented.filter((what) => !seen.has(what) && !elsewhere.test(what))).toEqual([]);
  });

  it('answers 300 random requests with nothing but what it says', async () => {
    const known = ['ops.one', 'ops.bad', 'ops.gone', 'ops', 'root:packs', 'api', '1', '2'];
    const { statuses } = await fuzz({
      ...{ document, client, known, seed: 1, count: 300 },
      headers: () => ({ authorization: `Bearer ${bearer.write}` }),
    });
    expect(Object.keys(statuses)).toEqual(expect.arrayContaining(['200', '404', '405', '422']));
  });

  it('answers HEAD like GET, without a body', async () => {
    for (const placed of places.values()) {
      if (placed.method !== 'get' || placed.path.includes('{') || placed.path.endsWith('/events')) continue;
      const asked = requestOf(placed);
      const headers = { authorization: `Bearer ${bearer.write}`, ...asked.headers };
      const [get, head] = [
        await client.ask({ ...asked, headers }),
        await client.ask({ ...asked, headers, method: 'HEAD' }),
      ];
      expect([placed.path, head.status, head.headers['content-type'], head.text]).toEqual([
        ...[placed.path, get.status, get.headers['content-type'], ''],
      ]);
    }
  });

  it('refuses what a path has no operation for, and names those that it has', async () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const allowed = Object.keys(methods).flatMap((method) =>
        method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()],
      );
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        if (allowed.includes(method)) continue;
        const address = path.replaceAll(/\{\w+\}/g, 'x');
        const answer = await client.ask({
          method,
          path: address,
          headers: { authorization: `Bearer ${bearer.write}` },
        });
        expect([path, method, answer.status, JSON.parse(answer.text).code]).toEqual([
          path,
          method,
          405,
          'method_not_allowed',
        ]);
        expect(String(answer.headers['allow']).split(', ').sort()).toEqual(allowed.sort());
      }
    }
  });
});
