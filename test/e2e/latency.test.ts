// How long a save takes to be live, on a daemon with nothing else to do. Figures are printed; only generous limits are asserted.
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, hasEvents, type Site } from '../support/site.ts';
import { until } from '../support/wait.ts';
import { registryOf } from './registry-rows.ts';

const settleMs = 50;
const rounds = 40;

describe.runIf(hasEvents)('a save', () => {
  let site: Site;
  let cleanUp: (() => Promise<void>) | undefined;
  /** When each commit was told, by a connection that listens. */
  const commits: {
    readonly atMs: number;
    readonly payload: { readonly version: number; readonly pack: string };
  }[] = [];

  beforeAll(async () => {
    site = await createSite((act) => {
      cleanUp = act;
    });
    await site.saveAll(packFiles('timed', { flow: workflowText({ x: 0 }), mate: workflowText() }));
    await site.daemon(['--watch', 'events', '--rescan-s', '3600', '--settle-ms', String(settleMs)]).ready();
    await registryOf(site).active('timed.flow');
    await site
      .database()
      .session()
      .listen('packwatch', (text) => {
        commits.push({ atMs: performance.now(), payload: JSON.parse(text) });
      });
  });
  afterAll(() => cleanUp?.());

  const served = async () => {
    const [row] = await site.rows(
      "select (definition -> 'vars' ->> 'x')::int as x from served_workflow where ref = 'timed.flow'",
    );
    return Number(row?.['x']);
  };

  it('is told once, with the version and the pack', async () => {
    const tookMs: number[] = [];
    for (let x = 1; x <= 20; x += 1) {
      const before = commits.length;
      await site.save('timed/workflows/flow.yaml', workflowText({ x }));
      const savedMs = performance.now();
      const commit = await until(() => commits[before], { what: 'the notification' });
      tookMs.push(commit.atMs - savedMs);
      expect(commit.payload).toEqual({ version: expect.any(Number), pack: 'timed' });
      expect(await served()).toBe(x);
    }
    const [{ version } = {}] = await site.rows('select version::int from catalog_version');
    expect(commits.at(-1)?.payload.version).toBe(version);
    expect(new Set(commits.map(({ payload }) => payload.version)).size).toBe(commits.length);
    tell('save to commit, 20 saves', tookMs);
    expect(middle(tookMs)).toBeLessThan(2_000);
  });

  it('is never lost behind another one 20 ms before it', async () => {
    const tookMs: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const file = site.at('timed/workflows/flow.yaml');
      const [first, second] = [1000 + round, 2000 + round];
      // Written in place and by rename in turn: the one is two events for one inode, the other two inodes.
      const write = (x: number) =>
        round % 2 === 0
          ? writeFile(file, workflowText({ x }))
          : site.save('timed/workflows/flow.yaml', workflowText({ x }));
      await write(first);
      await sleep(20);
      await write(second);
      const savedMs = performance.now();
      await until(async () => (await served()) === second, {
        what: `round ${round}: the second write`,
        everyMs: 5,
      });
      tookMs.push(performance.now() - savedMs);
    }
    const late = tookMs.filter((ms) => ms > settleMs + 200).length;
    tell(`second of two writes to live, ${rounds} rounds, ${late} over ${settleMs + 200} ms`, tookMs);
    expect(tookMs).toHaveLength(rounds);
    // The promise is settle + 200 ms; a machine that is busy with other tests is given more.
    expect(middle(tookMs)).toBeLessThan(settleMs + 1_000);
  });
});

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function tell(what: string, values: readonly number[]): void {
  const round = (ms: number) => ms.toFixed(0);
  process.stdout.write(
    `${what}: p50 ${round(middle(values))} ms, min ${round(Math.min(...values))} ms, max ${round(Math.max(...values))} ms\n`,
  );
}
