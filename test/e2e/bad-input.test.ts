// Every kind of bad file, put before a running daemon and before `check`: told with code and place, and nothing is lost by it.
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadFile, badFiles, goodFiles, goodRefs, writeBadPack } from '../support/bad-files.ts';
import type { Daemon } from '../support/daemon.ts';
import { actionText, manifestText, packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, type Site } from '../support/site.ts';
import { eventually } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

type Found = {
  readonly code: string;
  readonly severity: string;
  readonly line: number;
  readonly column: number;
};
type FoundIn = (path: string) => readonly Found[] | undefined;

/** What is missing or differs, in words: one list says more than the first failure of sixty. */
function complaints(files: readonly BadFile[], foundIn: FoundIn): readonly string[] {
  return files.flatMap(({ path, code, severity, line, column }) => {
    // What is missing is told where it should be.
    const told = code === 'PACK_NO_MANIFEST' ? `${path.split('/')[0]}/pack.yaml` : path;
    const found = foundIn(told) ?? [];
    if (code === undefined) return found.length === 0 ? [] : [`${path}: ${JSON.stringify(found)}`];
    const fits = found.some(
      (one) =>
        one.code === code &&
        one.severity === severity &&
        one.line >= 1 &&
        one.column >= 1 &&
        (line === undefined || one.line === line) &&
        (column === undefined || one.column === column),
    );
    return fits ? [] : [`${path}: no ${code} at ${line}:${column} but ${JSON.stringify(found)}`];
  });
}

/** Asks for `/livez` all the time; what it answers is the longest that an answer took. */
function watchAnswers(daemon: Daemon): () => Promise<number> {
  let worstMs = 0;
  let goesOn = true;
  const asking = (async () => {
    while (goesOn) {
      const begunMs = performance.now();
      expect((await daemon.get('/livez')).status).toBe(200);
      worstMs = Math.max(worstMs, performance.now() - begunMs);
      await sleep(20);
    }
  })();
  // Told by the one who stops it; a test that fails before does not.
  asking.catch(() => undefined);
  return async () => {
    goesOn = false;
    await asking;
    return worstMs;
  };
}

describe('a pack of bad files', () => {
  let site: Site;
  let daemon: Daemon;
  let written: readonly BadFile[];
  let cleanUp: (() => Promise<void>) | undefined;
  let worstMs = 0;
  let before: readonly object[];
  const served = () =>
    site.rows(
      "select id::text, ref, revision, source_text, updated, enabled from workflow_definition where status <> 'retired' order by ref",
    );

  beforeAll(async () => {
    site = await createSite((act) => {
      cleanUp = act;
    });
    await site.saveAll(packFiles('calm', { one: workflowText(), two: workflowText({ x: 2 }) }));
    for (const { path, content } of goodFiles()) await site.save(path, content);
    daemon = site.daemon(['--watch', 'events', '--rescan-s', '3600', '--prune-max', '100%']);
    await daemon.ready();
    for (const ref of ['calm.one', ...goodRefs]) await registryOf(site).active(ref);
    before = await served();
    const stop = watchAnswers(daemon);
    written = await writeBadPack(site.root);
    await eventually(async () => expect(complaints(written, await diagnosed())).toEqual([]));
    worstMs = await stop();
  });
  afterAll(() => cleanUp?.());

  const diagnosed = async (): Promise<FoundIn> => {
    const rows = await site.rows('select path, diagnostics from pack_file');
    const byPath = new Map(rows.map((row) => [row['path'], row['diagnostics'] as readonly Found[]]));
    return (path) => byPath.get(path);
  };

  it('is told file by file in the registry, each with its code and place', async () => {
    expect(written.length).toBeGreaterThan(35);
    expect(complaints(written, await diagnosed())).toEqual([]);
  });

  it('is told file by file in the log', async () => {
    const untold = () => {
      const byPath = new Map<unknown, Found[]>();
      for (const line of daemon.log) {
        if (line['code'] === undefined) continue;
        const { code, severity, line: at, column } = line as unknown as Found;
        byPath.set(line['path'], [...(byPath.get(line['path']) ?? []), { code, severity, line: at, column }]);
      }
      return complaints(written, (path) => byPath.get(path));
    };
    // The lines follow the commit that the tests before waited for.
    await eventually(() => expect(untold()).toEqual([]));
  });

  it('is told file by file by check, which exits 1', async () => {
    const checked = await site.run(['check', 'packs', '--format', 'json']);
    const document = checked.json<{ files: { path: string; state: string; diagnostics: Found[] }[] }>();
    const byPath = new Map(document.files.map((file) => [file.path, file]));
    expect(complaints(written, (path) => byPath.get(`packs/${path}`)?.diagnostics)).toEqual([]);
    expect(checked.code).toBe(1);
    for (const ref of goodRefs)
      expect(byPath.get(`packs/${ref.replace('.', '/workflows/')}.yaml`)).toMatchObject({
        state: 'valid',
        diagnostics: [],
      });
  });

  it('costs nothing that is registered, and its good files go on', async () => {
    expect(await served()).toEqual(expect.arrayContaining([...before]));
    const odd = written.filter(({ code, severity }) => code === undefined || severity === 'warning');
    const wanted = odd.filter(({ role }) => role === 'workflow').map(({ path }) => path);
    expect(wanted.length).toBeGreaterThan(2);
    const paths = (
      await site.rows("select source_path from workflow_definition where status = 'active'")
    ).map((row) => row['source_path']);
    expect(paths).toEqual(expect.arrayContaining(wanted));
    expect(await site.rows("select ref from workflow_definition where status = 'retired'")).toEqual([]);
    await site.save('bad/workflows/good_two.yaml', `# still followed\n${goodFiles().at(-1)?.content}`);
    await registryOf(site).when('bad.good_two', ({ source_text }) => source_text.startsWith('# still'));
  });

  it('does not end the process nor keep it from answering', async () => {
    expect(daemon.hasExited()).toBe(false);
    const lagMs = 1000 * (await daemon.metric('nodejs_eventloop_lag_max_seconds'));
    process.stdout.write(
      `bad files: slowest answer of /livez ${worstMs.toFixed(0)} ms, event loop lag at most ${lagMs.toFixed(0)} ms\n`,
    );
    // The promise is 100 ms; a machine that is busy with other tests is given more.
    expect(worstMs).toBeLessThan(500);
  });
});

describe('breaking every file of a pack, with each kind of bad content in turn', () => {
  it('never changes what is served', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    const registry = registryOf(site);
    const files: Record<string, string> = {
      'all/actions/plain.yaml': actionText('all.plain'),
      'all/actions/linked.yaml':
        'ref: all.linked\nlabel: Linked\nworkflow_file: workflows/linked.workflow.yaml\n',
      'all/actions/workflows/linked.workflow.yaml': workflowText(),
      'all/workflows/one.yaml': workflowText({ description: 'One' }),
      'all/workflows/two.yaml': workflowText({ x: 2 }),
      // A pack of which nothing but the manifest is broken: that keeps it whole.
      'headless/pack.yaml': manifestText('headless'),
    };
    const others = { 'all/pack.yaml': manifestText('all'), 'headless/workflows/flow.yaml': workflowText() };
    await site.saveAll({ ...files, ...others });
    const daemon = site.daemon(['--watch', 'events', '--rescan-s', '3600', '--prune-max', '100%']);
    await daemon.ready();
    const refs = ['all.one', 'all.two', 'all.linked', 'headless.flow'];
    for (const ref of refs) await registry.active(ref);
    const before = await servedRows(site);
    expect(before.workflows).toHaveLength(4);
    expect(before.actions).toHaveLength(5);

    const kinds = badFiles().filter(
      ({ foundBy, code, severity, role }) =>
        foundBy !== 'link' && code !== undefined && severity === 'error' && role === 'workflow',
    );
    expect(kinds.length).toBeGreaterThan(20);
    for (const kind of kinds) {
      for (const path of Object.keys(files)) await breakWith(site, path, kind);
      await registry.holds(async () =>
        expect(await notTold(site, Object.keys(files), kind), kind.name).toEqual([]),
      );
      expect(await servedRows(site), kind.name).toEqual(before);
    }
    expect(await site.rows('select ref, status from pack order by ref')).toEqual([
      { ref: 'all', status: 'active' },
      { ref: 'headless', status: 'degraded' },
    ]);
    for (const [path, text] of Object.entries(files)) {
      await rm(site.at(path), { recursive: true });
      await site.save(path, text);
    }
    for (const ref of refs) await registry.active(ref);
    expect(await servedRows(site)).toEqual(before);
    expect(await site.rows('select workflow_definition from workflow_revision')).toHaveLength(4);
    expect(daemon.hasExited()).toBe(false);
  });
});

/** Every column that is served, but for the status. */
async function servedRows(site: Site) {
  const all = (view: string) => site.rows(`select to_jsonb(v) - 'status' as row from ${view} v order by ref`);
  return { workflows: await all('served_workflow'), actions: await all('served_action') };
}

/** Files of which the registry does not say yet that they hold this. */
async function notTold(
  site: Site,
  paths: readonly string[],
  { code, bytes }: BadFile,
): Promise<readonly string[]> {
  const rows = await site.rows('select path, state, digest, diagnostics from pack_file');
  return paths.flatMap((path) => {
    const row = rows.find((one) => one['path'] === path);
    const isBad = row?.['state'] === 'invalid' || row?.['state'] === 'unreadable';
    const isThis =
      typeof bytes === 'function' || row?.['digest'] === null || row?.['digest'] === digestOf(bytes);
    const found = (row?.['diagnostics'] ?? []) as readonly Found[];
    if (isBad && isThis && found.some((one) => one.code === code)) return [];
    return [`${path}: ${row?.['state']} without ${code}: ${JSON.stringify(found)}`];
  });
}

/** Puts the bad content in a file's place; what cannot be renamed over is removed first, well inside the settle time. */
async function breakWith(site: Site, path: string, { bytes }: BadFile): Promise<void> {
  const temporary = join(site.outside, 'bad', basename(path));
  await rm(join(site.outside, 'bad'), { recursive: true, force: true });
  await mkdir(join(site.outside, 'bad'));
  if (typeof bytes === 'function') await bytes(temporary);
  else await writeFile(temporary, bytes);
  await rm(site.at(path), { recursive: true });
  await rename(temporary, site.at(path));
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
