// The commands that end: what they print for programs, and how they leave.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { until } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

const passKeys = [
  ...[
    'parsed',
    'written',
    'unchanged',
    'registered',
    'updated',
    'touched',
    'moved',
    'recovered',
    'retired',
    'kept',
  ],
  ...['held', 'conflicts', 'invalid', 'unhealthy', 'duration_ms', 'stages'],
];

type Pass = {
  readonly parsed: number;
  readonly written: number;
  readonly unchanged: number;
  readonly [list: string]: unknown;
};

const broken = 'version: 1.0.0\ntasks: [\n';
const deadDatabase = 'postgresql://packwatch@127.0.0.1:1/nothing';
const migrations = ['0001_init.sql', '0002_drift.sql', '0003_lease.sql', '0004_apply.sql'];

describe('a command that cannot be understood', () => {
  let site: Site;
  let cleanUp: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    site = await createSite(
      (act) => {
        cleanUp = act;
      },
      { database: 'none' },
    );
    await site.saveAll(packFiles('good', { flow: workflowText() }));
  });
  afterAll(() => cleanUp?.());

  it.each([
    ['an unknown flag', ['check', '--colour', 'red']],
    ['an unknown command', ['chekc']],
    ['a format that the command does not have', ['plan', '--format', 'sarif']],
    ['a path that does not exist', ['check', 'nowhere']],
  ])('exits 64: %s', async (_, args) => {
    const finished = await site.run(args);
    expect(finished).toMatchObject({ code: 64, stdout: '' });
    expect(finished.stderr.trim()).not.toBe('');
  });

  it('exits 78 and tells every bad setting at once, but no secret', async () => {
    const args = ['run', '--settle-ms', '1', '--rescan-s', 'soon', '--watch', 'maybe', '--prune-max', '101%'];
    const env = { DATABASE_URL: 'postgres://me:hunter2@db/x?y#z', PACKWATCH_CACHE_BYTES: '0' };
    const finished = await site.run(args, { env });
    expect(finished).toMatchObject({ code: 78, stdout: '' });
    for (const [name, value] of [
      ['--settle-ms', '1'],
      ['--rescan-s', 'soon'],
      ['--watch', 'maybe'],
      ['--prune-max', '101%'],
      ['PACKWATCH_CACHE_BYTES', '0'],
    ] as const)
      expect(finished.stderr).toMatch(new RegExp(`${name}.*${value}`));
    expect(finished.stderr).toContain('DATABASE_URL');
    expect(finished.stderr).not.toContain('hunter2');
    expect(finished.stderr.trim().split('\n')).toHaveLength(6);
  });

  it('exits 78 for two roots of one name and for one root inside another', async () => {
    const twice = await site.run(['check', '--roots', `${site.root}:packs=${site.outside}`]);
    expect(twice.code).toBe(78);
    const inside = await site.run(['check', '--roots', `${site.root}:inner=${site.root}/good`]);
    expect(inside.code).toBe(78);
  });

  it('goes on after an unknown setting, naming the nearest known one', async () => {
    const finished = await site.run(['check'], { env: { PACKWATCH_SETLE_MS: '50' } });
    expect(finished.code).toBe(0);
    expect(finished.stderr).toContain('PACKWATCH_SETTLE_MS');
  });

  it('exits 69 when the database is not there', async () => {
    for (const command of ['sync', 'plan', 'migrate']) {
      const finished = await site.run([command], { env: { DATABASE_URL: deadDatabase } });
      expect(finished, command).toMatchObject({ code: 69, stdout: '' });
      expect(finished.stderr.trim().split('\n'), command).toHaveLength(1);
    }
  });
});

describe('check', () => {
  it('prints files with their verdicts and a summary', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'none' });
    await site.saveAll({
      ...packFiles('good', { flow: workflowText(), odd: `colour: red\n${workflowText()}` }),
      'good/workflows/bad.yaml': broken,
    });
    const finished = await site.run(['check', '--format', 'json']);
    expect(finished.code).toBe(1);
    const { files, summary } = finished.json<{ files: Record<string, unknown>[]; summary: object }>();
    expect(summary).toEqual({ files: 4, valid: 3, invalid: 1, errors: 1, warnings: 1 });
    expect(files.map(({ path, ref, state }) => [path, ref, state])).toEqual([
      ['packs/good/pack.yaml', 'good', 'valid'],
      ['packs/good/workflows/bad.yaml', 'good.bad', 'invalid'],
      ['packs/good/workflows/flow.yaml', 'good.flow', 'valid'],
      ['packs/good/workflows/odd.yaml', 'good.odd', 'valid'],
    ]);
    for (const file of files) {
      expect(Object.keys(file)).toEqual(['path', 'ref', 'state', 'diagnostics']);
      for (const diagnostic of file['diagnostics'] as Record<string, unknown>[]) {
        expect(Object.keys(diagnostic)).toEqual(
          expect.arrayContaining(['code', 'severity', 'message', 'path', 'line', 'column']),
        );
        expect(diagnostic['path']).toBe(file['path']);
      }
    }
    const one = await site.run(['check', 'packs/good/workflows/odd.yaml', '--format', 'json']);
    expect(one.code).toBe(0);
    expect(one.json()).toMatchObject({
      files: [{ path: 'packs/good/workflows/odd.yaml', ref: 'good.odd' }],
      summary: { warnings: 1 },
    });
    expect((await site.run(['check', 'packs/good/workflows/odd.yaml', '--strict'])).code).toBe(1);
    expect((await site.run(['check', 'packs/good/workflows/flow.yaml', '--strict'])).code).toBe(0);
  });
});

describe('sync and plan', () => {
  it('bring a registry up, and the second time find nothing to do', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'empty' });
    await site.saveAll(packFiles('first', { one: workflowText(), two: workflowText({ x: 2 }) }));

    const planned = await site.run(['plan', '--format', 'json']);
    expect(planned.code).toBe(2);
    expect(Object.keys(planned.json())).toEqual(passKeys);
    expect(planned.json()).toMatchObject({
      written: 0,
      registered: [
        {
          source: 'root:packs',
          ref: 'first.one',
          path: 'first/workflows/one.yaml',
          reason: expect.any(String),
        },
        {
          source: 'root:packs',
          ref: 'first.two',
          path: 'first/workflows/two.yaml',
          reason: expect.any(String),
        },
      ],
    });
    expect(await site.rows("select from pg_namespace where nspname = 'packwatch'")).toEqual([]);

    const first = await site.run(['sync', '--format', 'json']);
    expect(first.code).toBe(0);
    expect(Object.keys(first.json())).toEqual(passKeys);
    expect(first.json<Pass>()).toMatchObject({
      parsed: 3,
      unchanged: 0,
      registered: ['first.one', 'first.two'],
      updated: [],
      invalid: [],
    });
    // A pack, two workflows with a revision and an action each, three files.
    expect(first.json<Pass>().written).toBeGreaterThanOrEqual(10);

    const second = await site.run(['sync', '--format', 'json']);
    expect(second.code).toBe(0);
    expect(second.json<Pass>()).toMatchObject({ parsed: 0, written: 0, unchanged: 2, registered: [] });
    expect((await site.run(['plan', '--format', 'json'])).code).toBe(0);
    expect(await site.rows('select holder from source_lease')).toEqual([{ holder: null }]);
  });

  it('name what changes, by verb, and leave with 2 or with 1 where a person has to look', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(
      packFiles('pk', {
        a: workflowText(),
        b: workflowText(),
        c: workflowText(),
        d: workflowText(),
        e: workflowText(),
      }),
    );
    expect((await site.run(['sync'])).code).toBe(0);
    await site.save('pk/workflows/a.yaml', workflowText({ x: 2 }));
    await site.save('pk/workflows/b.yaml', workflowText({ comment: 'only text' }));
    await site.move('pk/workflows/c.yaml', 'pk/actions/workflows/c.workflow.yaml');
    await site.remove('pk/workflows/d.yaml');
    await site.save('pk/workflows/f.yaml', workflowText());
    const one = (ref: string, path: string) => [
      expect.objectContaining({ source: 'root:packs', ref, path, reason: expect.any(String) }),
    ];
    const planned = await site.run(['plan', '--format', 'json']);
    expect(planned.code).toBe(2);
    expect(planned.json()).toMatchObject({
      written: 0,
      unchanged: 1,
      registered: one('pk.f', 'pk/workflows/f.yaml'),
      updated: one('pk.a', 'pk/workflows/a.yaml'),
      touched: one('pk.b', 'pk/workflows/b.yaml'),
      moved: one('pk.c', 'pk/actions/workflows/c.workflow.yaml'),
      retired: one('pk.d', 'pk/workflows/d.yaml'),
    });
    await site.save('pk/workflows/e.yaml', broken);
    expect((await site.run(['plan'])).code).toBe(1);
    const synced = await site.run(['sync', '--format', 'json']);
    expect(synced.code).toBe(1);
    expect(synced.json()).toMatchObject({
      registered: ['pk.f'],
      updated: ['pk.a'],
      touched: ['pk.b'],
      moved: ['pk.c'],
      retired: ['pk.d'],
      kept: ['pk.e'],
      held: [],
      conflicts: [],
      invalid: [{ source: 'root:packs', path: 'pk/workflows/e.yaml' }],
    });
    // An old problem is still one; it is only told again, not written again.
    const again = await site.run(['sync', '--format', 'json']);
    expect(again.code).toBe(1);
    expect(again.json()).toMatchObject({ parsed: 0, written: 0, invalid: [{ path: 'pk/workflows/e.yaml' }] });
  });

  it('exit 1 for a root that does not exist, and change nothing', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('pk', { a: workflowText() }));
    expect((await site.run(['sync'])).code).toBe(0);
    await site.move('', '../away');
    for (const command of ['sync', 'plan']) {
      const finished = await site.run([command, '--format', 'json']);
      expect(finished.code, command).toBe(1);
      expect(finished.json(), command).toMatchObject({
        written: 0,
        retired: [],
        unhealthy: [{ source: 'root:packs', path: site.root }],
      });
    }
    expect((await site.run(['check'])).code).toBe(64);
    expect(await site.rows('select ref, status from workflow_definition')).toEqual([
      { ref: 'pk.a', status: 'active' },
    ]);
  });

  it('exit 75 while a daemon leads, naming it, and take over at once when it was killed', async ({
    onTestFinished,
  }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('pk', { a: workflowText() }));
    const daemon = site.daemon(['--watch', 'off', '--rescan-s', '3600']);
    await daemon.ready();
    await site.save('pk/workflows/a.yaml', workflowText({ x: 2 }));
    const refused = await site.run(['sync', '--format', 'json']);
    expect(refused).toMatchObject({ code: 75, stdout: '' });
    expect(refused.stderr).toContain(String(daemon.pid));
    expect(refused.stderr).toContain('root:packs');
    expect((await site.run(['plan'])).code).toBe(2);
    daemon.kill('SIGKILL');
    await daemon.exited;
    const taken = await site.run(['sync', '--format', 'json']);
    expect(taken.code).toBe(0);
    expect(taken.json()).toMatchObject({ updated: ['pk.a'] });
    expect(taken.json<{ duration_ms: number }>().duration_ms).toBeLessThan(5_000);
    // A lease lasts 6 s: it was not waited for.
    expect(taken.tookMs).toBeLessThan(6_000);
    expect(await registryOf(site).workflow('pk.a')).toMatchObject({ revisions: 2 });
  });
});

describe('sync', () => {
  it('leaves with 0 when it is stopped, and gives the lease back', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { flow: workflowText() }));
    const other = site.database().session();
    await other.unsafe('begin; lock table workflow_definition in exclusive mode');
    const sync = site.daemon([], { command: 'sync' });
    await until(
      async () =>
        (await site.rows('select from pg_locks where not granted and relation is not null')).length > 0,
      { what: 'a waiting apply' },
    );
    sync.kill('SIGTERM');
    await other.unsafe('rollback');
    expect(await sync.exited).toEqual({ code: 0, signal: null });
    expect(await site.rows('select holder from source_lease')).toEqual([{ holder: null }]);
    const after = await site.run(['sync', '--format', 'json']);
    expect(after.code).toBe(0);
    expect(await registryOf(site).workflow('one.flow')).toMatchObject({ status: 'active', revisions: 1 });
  });
});

describe('migrate', () => {
  it('applies what is missing once, and tells what', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished, { database: 'empty' });
    const first = await site.run(['migrate', '--format', 'json']);
    expect(first.code).toBe(0);
    expect(first.json<{ applied: string[] }>().applied).toEqual(expect.arrayContaining(migrations));
    const second = await site.run(['migrate', '--format', 'json']);
    expect(second).toMatchObject({ code: 0 });
    expect(second.json()).toEqual({ applied: [], unknown: [] });
    expect((await site.run(['sync'])).code).toBe(0);
  });
});

describe('a pack of which two files claim one ref', () => {
  it('is told as a conflict and leaves with 1', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll({
      'pk/pack.yaml': manifestText('pk'),
      'pk/workflows/a.yaml': workflowText(),
    });
    expect((await site.run(['sync'])).code).toBe(0);
    await site.save('pk/actions/workflows/a.workflow.yaml', workflowText({ x: 9 }));
    const finished = await site.run(['sync', '--format', 'json']);
    expect(finished.code).toBe(1);
    expect(finished.json()).toMatchObject({ conflicts: ['pk.a'], updated: [], retired: [] });
    expect(await registryOf(site).workflow('pk.a')).toMatchObject({
      status: 'active',
      source_path: 'pk/workflows/a.yaml',
      definition: { vars: { x: 1 } },
    });
    await site.remove('pk/actions/workflows/a.workflow.yaml');
    const cleared = await site.run(['sync', '--format', 'json']);
    expect(cleared.code).toBe(0);
  });
});
