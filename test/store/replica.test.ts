// When a replica may answer: it has all that is known here, and nothing that the primary has not.
import { describe, expect, it } from 'vitest';
import type { ReplicaState } from '../../src/model/reads.ts';
import type { Database } from '../../src/store/connect.ts';
import { createReplica } from '../../src/store/replica.ts';

function openReplica(at: { primary: number | Error; replica: number | Error }) {
  let nowMs = 0;
  const asked = { primary: 0, replica: 0 };
  const told: ReplicaState['state'][] = [];
  const databaseOf = (which: 'primary' | 'replica'): Database => ({
    schema: 'packwatch',
    async run<Row>() {
      asked[which] += 1;
      const version = at[which];
      if (version instanceof Error) throw version;
      return [{ version }] as Row;
    },
    close: async () => undefined,
  });
  const replica = createReplica({
    ...{ primary: databaseOf('primary'), replica: databaseOf('replica') },
    nowMs: () => nowMs,
    sleep: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    onState: ({ state }) => told.push(state),
  });
  const start = async () => {
    replica.start();
    await expect.poll(() => told.length).toBeGreaterThan(0);
  };
  return { replica, at, asked, told, start, pass: (ms: number) => (nowMs += ms) };
}

describe('a replica', () => {
  it('answers as soon as it was looked at, and whoever knows of nothing that it lacks', async () => {
    const { replica, start, asked } = openReplica({ primary: 7, replica: 7 });
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    await start();
    const before = asked.replica;
    for (const atLeast of [undefined, 0, 7]) expect(await replica.hasCaughtUp(atLeast)).toBe(true);
    // Nothing is asked for that.
    expect(asked.replica).toBe(before);
    replica.close();
  });

  it('does not answer who knows of more, and does again when it has caught up', async () => {
    const { replica, at, start, pass, told } = openReplica({ primary: 7, replica: 7 });
    await start();
    Object.assign(at, { primary: 9 });
    pass(100);
    replica.moved(8);
    pass(500);
    replica.moved(9);
    pass(200);
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    expect(replica.state()).toMatchObject({ state: 'behind', version: 7, behindMs: 700 });
    at.replica = 8;
    pass(100);
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    expect(replica.state()).toMatchObject({ state: 'behind', version: 8, behindMs: 300 });
    at.replica = 9;
    pass(100);
    expect(await replica.hasCaughtUp(undefined)).toBe(true);
    expect(await replica.hasCaughtUp(10)).toBe(false);
    expect(replica.state()).toEqual({ state: 'used', version: 9, behindMs: 0, reason: null });
    expect(told).toEqual(['used', 'behind', 'used']);
    replica.close();
  });

  it('is looked at once for all who ask at a time, and not again for a moment', async () => {
    const { replica, start, pass, asked } = openReplica({ primary: 8, replica: 7 });
    await start();
    pass(100);
    replica.moved(8);
    const before = asked.replica;
    await Promise.all(Array.from({ length: 50 }, () => replica.hasCaughtUp(undefined)));
    await replica.hasCaughtUp(undefined);
    expect(asked.replica).toBe(before + 1);
    replica.close();
  });

  it('that has what the primary has not follows another server, and is not used', async () => {
    const { replica, at, start, pass } = openReplica({ primary: 50, replica: 50 });
    await start();
    // The primary was set back, as by a failover that lost commits.
    at.primary = 40;
    replica.moved(40);
    pass(100);
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    expect(replica.state().state).toBe('ahead');
    at.primary = 1_000_000_041;
    replica.moved(1_000_000_041);
    pass(100);
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    at.replica = 1_000_000_041;
    pass(100);
    expect(await replica.hasCaughtUp(undefined)).toBe(true);
    replica.close();
  });

  it('may hear of a change before we do', async () => {
    const { replica, at, start, pass } = openReplica({ primary: 7, replica: 7 });
    await start();
    Object.assign(at, { primary: 8, replica: 8 });
    pass(100);
    expect(await replica.hasCaughtUp(8)).toBe(true);
    expect(replica.known()).toBe(8);
    replica.close();
  });

  it('that fails is left alone until the next look by the clock', async () => {
    const { replica, start, asked, pass } = openReplica({ primary: 7, replica: 7 });
    await start();
    replica.failed(new Error('connect ECONNREFUSED'));
    pass(100);
    const before = asked.replica;
    expect(await replica.hasCaughtUp(undefined)).toBe(false);
    expect(asked.replica).toBe(before);
    expect(replica.state()).toMatchObject({ state: 'unreachable', reason: 'connect ECONNREFUSED' });
    replica.close();
  });
});
