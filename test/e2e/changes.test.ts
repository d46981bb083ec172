// What others do to the registry shows in a daemon that does not write it.
import { describe, expect, it } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { type EventBlock, readBlocks } from '../support/event-client.mjs';
import { packFiles, workflowText } from '../support/pack-text.ts';
import { createSite } from '../support/site.ts';
import { until } from '../support/wait.ts';

type Snapshot = {
  readonly database_changes: string;
  readonly definitions: Readonly<Record<string, number>>;
  readonly files: number;
};

const snapshot = async (daemon: Daemon) =>
  (await daemon.get('/api/v1/status')).json<{ data: Snapshot }>().data;

/** What a stream of events has told so far. */
async function listen(daemon: Daemon, atEnd: (act: () => void) => void): Promise<readonly EventBlock[]> {
  const cut = new AbortController();
  atEnd(() => cut.abort());
  const { body } = await fetch(`${await daemon.url()}/api/v1/events`, { signal: cut.signal });
  const blocks: EventBlock[] = [];
  void (async () => {
    for await (const block of readBlocks(body as ReadableStream<Uint8Array<ArrayBuffer>>)) blocks.push(block);
  })().catch(() => undefined);
  return blocks;
}

const changesOf = (data: EventBlock['data']) =>
  (data?.['changes'] ?? []) as readonly { readonly ref: string }[];

describe('a standby', () => {
  it('shows what the leader registers, long before it looks itself', async ({ onTestFinished }) => {
    const site = await createSite(onTestFinished);
    await site.saveAll(packFiles('one', { a: workflowText() }));
    const leader = site.daemon(['--rescan-s', '3600']);
    await leader.ready();
    const standby = site.daemon(['--rescan-s', '3600']);
    await standby.logged(({ msg }) => msg.includes('the database tells'));
    expect((await snapshot(standby)).database_changes).toBe('listening');
    const [leading, standing] = [await listen(leader, onTestFinished), await listen(standby, onTestFinished)];
    await site.save('one/workflows/b.yaml', workflowText());
    await site.save('one/workflows/bad.yaml', 'tasks: nothing\n');
    await until(async () => (await snapshot(standby)).files === 4, { what: 'four files' });
    expect((await snapshot(standby)).definitions).toMatchObject({ active: 2 });
    expect(await standby.metric('packwatch_definitions', 'status="active"')).toBe(2);
    expect(await standby.metric('packwatch_problems')).toBeGreaterThan(0);
    expect(await standby.metric('packwatch_leader')).toBe(0);
    for (const stream of [leading, standing]) {
      const told = () =>
        stream.flatMap(({ event, data }) => changesOf(data).map(({ ref }) => `${event} ${ref}`));
      await until(() => told().includes('rejected one.bad'), { what: 'the refusal is told' });
      expect(told()).toEqual(['committed one.b', 'rejected one.bad']);
    }
    const steps = ({ event, data }: EventBlock) =>
      `${event} ${(data?.['paths'] as string[] | undefined)?.at(-1)}`;
    for (const step of ['seen one/workflows/bad.yaml', 'settled one', 'parsed one/workflows/bad.yaml'])
      await until(() => leading.some((block) => steps(block) === step), { what: step });
    // Who does not watch knows of no steps.
    expect(standing.filter(({ event }) => event === 'parsed')).toEqual([]);
    const begunMs = performance.now();
    await Promise.all([leader.stop(), standby.stop()]);
    expect(performance.now() - begunMs).toBeLessThan(5_000);
  });
});
