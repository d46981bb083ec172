// Scans that are asked for: a number in the row of the lease, and a word to whoever listens, by every decision that leaves work.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerScan, askScan, readScan } from '../../src/store/sql/scans.ts';
import { openRegistry, type Registry } from '../support/decided.ts';
import { desiredOf } from '../support/plans.ts';
import { until } from '../support/wait.ts';

let registry: Registry;
beforeAll(async () => {
  registry = await openRegistry();
});
afterAll(() => registry.test.drop());

const requested = async () =>
  Number((await registry.one<{ n: string }>('select scan_requested as n from source_lease')).n);

describe('a decision', () => {
  it('asks for a scan, and says so, when it leaves something to the writer; and only then', async () => {
    const heard: string[] = [];
    const { unlisten } = await registry.test
      .session()
      .listen('packwatch_scan', (payload) => heard.push(payload));
    await registry.put(
      desiredOf('asks', { workflows: { one: { body: 'a' } } }),
      desiredOf('asks', { workflows: { one: { body: 'b' } } }),
    );
    const ref = 'asks.one';
    const asked: Record<string, number> = {};
    const deeds = {
      disable: () => registry.decisions.setOverlay(ref, 'disabled'),
      enable: () => registry.decisions.setOverlay(ref, 'enabled'),
      protect: () => registry.decisions.setOverlay(ref, 'protected'),
      unprotect: () => registry.decisions.setOverlay(ref, 'unprotected'),
      'unprotect again': () => registry.decisions.setOverlay(ref, 'unprotected'),
      rollback: () => registry.decisions.rollBack(ref, 1),
      'rollback to what is served': () => registry.decisions.rollBack(ref, 1),
      unpin: () => registry.decisions.unpin(ref),
      'unpin again': () => registry.decisions.unpin(ref),
    };
    for (const [name, deed] of Object.entries(deeds)) {
      const before = await requested();
      await deed();
      asked[name] = (await requested()) - before;
    }
    expect(asked).toEqual({
      ...{ disable: 0, enable: 0, protect: 0, unprotect: 1, 'unprotect again': 0 },
      ...{ rollback: 1, 'rollback to what is served': 0, unpin: 1, 'unpin again': 0 },
    });
    await until(() => heard.length === 3, { what: 'one word for each scan' });
    expect(new Set(heard)).toEqual(new Set(['root:test']));
    await unlisten();
  });

  it('that waits for its pack keeps nobody from renewing the lease', async () => {
    await registry.put(
      desiredOf('locks', { workflows: { one: { body: 'a' } } }),
      desiredOf('locks', { workflows: { one: { body: 'b' } } }),
    );
    const renewWhileItWaits = async () => {
      // As under an apply of a large pack.
      const applying = await registry.hold("select from pack where ref = 'locks' for no key update");
      const deciding = registry.decisions.rollBack('locks.one', 1);
      await registry.waits(1);
      const renewing = await registry.hold("set local lock_timeout = '100ms'");
      const renewal = renewing.run('update source_lease set expires_at = expires_at').then(
        () => 'renewed',
        () => 'kept waiting',
      );
      const outcome = await renewal;
      await renewing.end('rollback');
      await applying.end('rollback');
      await deciding;
      return outcome;
    };
    const early = /perform share_lease.w.source. from/;
    await registry.without('lock_definition(text)', early, 'perform ask_scan(w.source) from', async () => {
      expect(await renewWhileItWaits()).toBe('kept waiting');
    });
    await registry.decisions.unpin('locks.one');
    expect(await renewWhileItWaits()).toBe('renewed');
  });
});

describe('a scan', () => {
  const source = 'root:test';

  it('is asked for under a number of its own, and answered once, with a word to who waits', async () => {
    const { database } = registry.test;
    const heard: string[] = [];
    const { unlisten } = await registry.test
      .session()
      .listen('packwatch_scan', (payload) => heard.push(payload));
    const first = (await askScan(database, source)) ?? 0;
    expect(await askScan(database, source)).toBe(first + 1);
    const number = first + 1;
    const answer = (came: Parameters<typeof answerScan>[2], of = number) =>
      answerScan(database, { source, epoch: 1, number: of }, came);
    await answer({ trouble: 'not there' });
    await answer({ trouble: 'not there' });
    expect(await readScan(database, source)).toMatchObject({
      ...{ requested: number, tried: number, left: null, trouble: 'not there', led: true },
    });
    await answer({ left: ['ops', 'a "b", c'] });
    // One that is late takes nothing back.
    await answer({ trouble: 'long ago' }, first);
    expect(await readScan(database, source)).toMatchObject({ left: ['ops', 'a "b", c'], trouble: null });
    expect((await readScan(database, source))?.done).toBeLessThan(first);
    await answer({ left: [] });
    await answer({ left: [] });
    await answer({ left: ['ops'] });
    await answer({ left: [] }, first);
    expect(await readScan(database, source)).toMatchObject({ done: number, left: [], trouble: null });
    await registry.test.query("select pg_notify('packwatch_scan', 'last')");
    await until(() => heard.includes('last'), { what: 'everything is heard' });
    // Two were asked for, three answers differed from what was there.
    expect(heard).toEqual([source, source, source, source, source, 'last']);
    await unlisten();
  });

  it('is answered by nobody but the holder, and asked of nobody who never led', async () => {
    const { database } = registry.test;
    const number = await askScan(database, source);
    const before = await readScan(database, source);
    await answerScan(database, { source, epoch: 2, number: number ?? 0 }, { left: [] });
    expect(await readScan(database, source)).toEqual(before);
    expect(await askScan(database, 'root:nobody')).toBeUndefined();
    expect(await readScan(database, 'root:nobody')).toBeUndefined();
  });
});
