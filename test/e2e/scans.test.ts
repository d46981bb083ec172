// Passes that are asked for over the API, and what they say of each file, against a daemon that looks at nothing by itself.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';

type File = {
  readonly path: string;
  readonly ref: string | null;
  readonly result: string;
  readonly served: boolean;
};
type Scan = {
  readonly files: readonly (File & { readonly diagnostics: readonly object[] })[];
  readonly omitted: number;
  readonly unscanned: readonly object[];
};

let site: Site;
let daemon: Daemon;
let cleanUp: (() => Promise<void>) | undefined;
beforeAll(async () => {
  site = await createSite((act) => {
    cleanUp = act;
  });
  await site.saveAll({
    ...packFiles('ops', { page: workflowText(), old: workflowText(), same: workflowText() }),
    ...packFiles('web', { home: workflowText() }),
  });
  daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600']);
  await daemon.ready();
});
afterAll(() => cleanUp?.());

const post = async (path: string) => {
  const answer = await fetch(`${await daemon.url()}/api/v1${path}`, { method: 'POST' });
  return {
    status: answer.status,
    body: (await answer.json()) as { data: Scan; code: string; detail: string },
  };
};
/** `path: result` of each file, the workflows' paths shortened. */
const resultsOf = ({ files }: Scan) =>
  Object.fromEntries(files.map(({ path, result }) => [path.replace('/workflows/', '/'), result]));
const versionOf = async () => (await site.rows('select version::int from packwatch.catalog_version'))[0];

describe('a scan that is asked for', () => {
  it('tells of every file what has become of it, those that failed or changed first', async () => {
    await site.saveAll({
      'ops/workflows/page.yaml': workflowText({ x: 2 }),
      'ops/workflows/new.yaml': workflowText(),
      'ops/workflows/bad.yaml': 'tasks: [\n',
      'ops/workflows/same.yaml': workflowText({ comment: 'only a comment' }),
      'two/pack.yaml': manifestText('two'),
      'three/pack.yaml': manifestText('web'),
    });
    await site.move('ops/workflows/old.yaml', 'ops/actions/workflows/old.yaml');
    const before = await versionOf();
    const wanted = {
      ...{ 'ops/page.yaml': 'updated', 'ops/new.yaml': 'registered', 'ops/bad.yaml': 'kept' },
      ...{ 'ops/same.yaml': 'updated', 'ops/actions/old.yaml': 'moved', 'ops/pack.yaml': 'unchanged' },
    };
    // First what it would do: nothing is written.
    const validated = await post('/packs/ops/validate');
    expect([validated.status, resultsOf(validated.body.data)]).toEqual([200, wanted]);
    expect(await versionOf()).toEqual(before);
    const synced = await post('/packs/ops/sync');
    expect(resultsOf(synced.body.data)).toEqual(wanted);
    const bad = synced.body.data.files.find(({ path }) => path.endsWith('bad.yaml'));
    expect(bad).toMatchObject({ source: 'root:packs', ref: 'ops.bad', served: false, state: 'invalid' });
    expect(bad?.diagnostics.length).toBeGreaterThan(0);
    const order = synced.body.data.files.map(({ path }) => path);
    expect(order.at(-1)).toBe('ops/pack.yaml');
    // What lies in other packs was not looked at, and is by this one.
    const all = await post('/reconcile?source=packs');
    expect(resultsOf(all.body.data)).toEqual({
      ...Object.fromEntries(Object.keys(wanted).map((path) => [path, 'unchanged'])),
      ...{ 'ops/bad.yaml': 'kept', 'two/pack.yaml': 'registered', 'three/pack.yaml': 'conflict' },
      ...{ 'web/pack.yaml': 'conflict', 'web/home.yaml': 'unchanged' },
    });
    expect(all.body.data).toMatchObject({ omitted: 0, unscanned: [] });
  });

  it('answers a reload with the workflow as it is then', async () => {
    await site.save('web/workflows/home.yaml', workflowText({ label: 'Reloaded' }));
    const { status, body } = await post('/workflows/web.home/reload');
    expect([status, body.data]).toMatchObject([200, { ref: 'web.home', label: 'Reloaded', number: 2 }]);
    expect((await post('/workflows/ops.bad/reload')).body).toMatchObject({ code: 'not_registered' });
  });

  it('keeps what was served of a file that is broken, and says so', async () => {
    await site.save('web/workflows/home.yaml', 'tasks: [\n');
    const { body } = await post('/packs/web/sync');
    expect(body.data.files).toContainEqual(
      expect.objectContaining({ path: 'web/workflows/home.yaml', result: 'kept', served: true }),
    );
  });

  it('is refused for what is not there, and while the root is away', async () => {
    for (const path of [
      '/packs/nope/sync',
      '/packs/nope/validate',
      '/workflows/no.pe/reload',
      '/reconcile?source=nope',
    ])
      expect([path, (await post(path)).status]).toEqual([path, 404]);
    await site.move('.', '../away');
    for (const path of [
      '/packs/ops/sync',
      '/packs/ops/validate',
      '/workflows/ops.page/reload',
      '/reconcile',
    ]) {
      const { status, body } = await post(path);
      expect([path, status, body.code, body.detail]).toEqual([
        ...[path, 503, 'not_scanned'],
        expect.stringMatching(/root:packs cannot be looked at/),
      ]);
    }
    await site.move('../away', '.');
    expect((await post('/reconcile')).status).toBe(200);
    expect(await daemon.metric('packwatch_passes_total', 'cause="request"')).toBeGreaterThan(0);
  });
});
