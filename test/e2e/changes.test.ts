// What others do to the registry shows in a daemon that does not write it.
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { changesOf, listenToEvents } from '../support/event-listener.ts';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite, hasEvents } from '../support/site.ts';
import { until } from '../support/wait.ts';

type Snapshot = {
  readonly database_changes: string;
  readonly definitions: Readonly<Record<string, number>>;
  readonly files: number;
};

const snapshot = async (daemon: Daemon) =>
  (await daemon.get('/api/v1/status')).json<{ data: Snapshot }>().data;

describe('a standby', () => {
  it('shows what the leader registers, long before it looks itself', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { a: workflowText() }));
    const leader = site.daemon(['--rescan-s', '3600']);
    await leader.ready();
    const standby = site.daemon(['--rescan-s', '3600']);
    await standby.logged(({ msg }) => msg.includes('the database tells'));
    expect((await snapshot(standby)).database_changes).toBe('listening');
    const [leading, standing] = [
      await listenToEvents(leader, onTestFinished),
      await listenToEvents(standby, onTestFinished),
    ];
    await site.save('one/workflows/b.yaml', workflowText());
    await site.save('one/workflows/bad.yaml', 'tasks: nothing\n');
    await until(async () => (await snapshot(standby)).files === 4, { what: 'four files' });
    expect((await snapshot(standby)).definitions).toMatchObject({ active: 2 });
    expect(await standby.metric('packwatch_definitions', 'status="active"')).toBe(2);
    expect(await standby.metric('packwatch_problems')).toBeGreaterThan(0);
    expect(await standby.metric('packwatch_leader')).toBe(0);
    for (const stream of [leading, standing]) {
      await until(() => changesOf(stream).includes('rejected one.bad'), { what: 'the refusal is told' });
      expect(changesOf(stream)).toEqual(['committed one.b', 'rejected one.bad']);
    }
    const hasTold = (step: string, path: string) =>
      leading.some(
        ({ event, data }) => event === step && ((data?.['paths'] ?? []) as readonly string[]).includes(path),
      );
    const bad = 'one/workflows/bad.yaml';
    await until(() => hasTold('parsed', bad), { what: 'it was read' });
    if (hasEvents)
      await until(() => hasTold('seen', bad) && hasTold('settled', 'one'), { what: 'it was seen' });
    // Who does not watch knows of no steps.
    expect(standing.filter(({ event }) => event === 'parsed')).toEqual([]);
  });
});
