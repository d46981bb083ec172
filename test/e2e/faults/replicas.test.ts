// Two daemons on one database: what is decided or asked for at the one that stands by reaches the one that leads, soon.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Daemon } from '../../support/daemon.ts';
import { packFiles, workflowText } from '../../support/pack-text.ts';
import { createSite } from '../../support/site.ts';
import { until } from '../../support/wait.ts';

/** `leader` and `standby` of the same root, which nothing but requests makes them look at. */
async function openReplicas() {
  const site = await createSite(onTestFinished);
  await site.saveAll(packFiles('ops', { one: workflowText({ x: 1 }) }));
  const quiet = ['--watch', 'off', '--rescan-s', '3600'];
  const leader = site.daemon(quiet);
  await leader.ready();
  const standby = site.daemon(quiet);
  await standby.logged(({ msg }) => msg === 'another daemon leads this source; standing by');
  await standby.ready();
  for (const daemon of [leader, standby])
    await daemon.logged(({ msg }) => msg === 'the database tells when the registry changes');
  return { site, leader, standby };
}

const post = async (daemon: Daemon, path: string, body?: object) => {
  const answer = await fetch(`${await daemon.url()}/api/v1${path}`, {
    method: 'POST',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  expect(answer.status, await answer.text()).toBe(200);
};

describe('a decision at a daemon that stands by', () => {
  it('is seen to by the leader at once, not at the next renewal of its lease', async () => {
    const { site, leader, standby } = await openReplicas();
    await site.save('ops/workflows/one.yaml', workflowText({ x: 2 }));
    await post(standby, '/workflows/ops.one/protect');
    const tookMs: number[] = [];
    const deeds = [
      () => post(standby, '/workflows/ops.one/unprotect'),
      () => post(standby, '/workflows/ops.one/rollback', { revision: 1 }),
      () => post(standby, '/workflows/ops.one/unpin'),
    ];
    for (const deed of deeds) {
      const before = await leader.metric('packwatch_passes_total', 'cause="request"');
      const begunMs = performance.now();
      await deed();
      const isSeen = async () => (await leader.metric('packwatch_passes_total', 'cause="request"')) > before;
      await until(isSeen, { what: 'a pass of the leader', everyMs: 5 });
      tookMs.push(performance.now() - begunMs);
    }
    // A renewal comes every 2 s.
    expect(Math.max(...tookMs)).toBeLessThan(1_000);
    const isDone = async () => {
      const [row] = await site.rows('select scan_requested - scan_done as left from source_lease');
      return Number(row?.['left']) === 0;
    };
    await until(isDone, { what: 'every scan told as done' });
  });
});
