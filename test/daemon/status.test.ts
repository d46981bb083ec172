import { describe, expect, it } from 'vitest';
import { createStatus } from '../../src/daemon/status.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import type { ReplicaState } from '../../src/model/reads.ts';
import type { PassReport, SeenRoot } from '../../src/reconcile/ports.ts';
import { createManualClock } from '../support/manual-clock.ts';

const source = 'root:a' as SourceName;

function report(identity: string | undefined, more: Partial<PassReport> = {}): PassReport {
  const seen: SeenRoot = {
    ...{ identity, isFull: true, looked: new Set<PackDir>(), changed: new Set<PackDir>() },
    ...{ linked: new Map(), unlisted: new Map() },
  };
  return {
    ...{
      cause: 'rescan',
      startedAtMs: 0,
      oldestSeenAtMs: 0,
      durationMs: 1,
      stages: {},
      packs: [],
      held: new Map(),
      refused: [],
    },
    ...{ unhealthy: identity === undefined ? [{ source, reason: 'gone' }] : [], parsed: 0, written: 0 },
    ...{ unchanged: 0, invalid: [], again: new Map(), waiting: new Map(), roots: new Map([[source, seen]]) },
    ...more,
  };
}

function setUp() {
  const clock = createManualClock();
  const config = { roots: [{ source, path: '/packs' }], rescanS: 1 } as never;
  const status = createStatus({ config, version: '1', place: 'here', clock, isPrompt: () => true });
  status.leads(source, 1);
  status.passed(report('1'));
  expect(status.ready().ready).toBe(true);
  return { status, clock };
}

describe('a daemon that reads at a replica', () => {
  it('says how it is, and is ready without it', () => {
    const config = { roots: [], rescanS: 1 } as never;
    let state: ReplicaState = { state: 'used', version: 7, behindMs: 0, reason: null };
    const clock = createManualClock();
    const status = createStatus({
      ...{ config, version: '1', place: 'here', clock, isPrompt: () => true },
      replica: { place: 'there', state: () => state },
    });
    const codes = () => status.ready().reasons.map(({ code }) => code);
    expect([codes(), status.ready().ready]).toEqual([[], true]);
    expect(status.snapshot()['read_replica']).toEqual({
      ...{ database: 'there', state: 'used', version: 7, behind_ms: 0, reason: null },
    });
    // Every change makes it that for a moment.
    state = { state: 'behind', version: 7, behindMs: 40, reason: 'it is at version 7' };
    expect(codes()).toEqual([]);
    for (const word of ['ahead', 'unreachable'] as const) {
      state = { state: word, version: 7, behindMs: 40, reason: 'why' };
      expect([codes(), status.ready().ready]).toEqual([['read_replica'], true]);
    }
  });
});

describe('a daemon whose database is away', () => {
  it.each(['failed', 'databaseLost'] as const)(
    'is not ready after %s, until a pass asked or a lease was renewed',
    (how) => {
      const { status } = setUp();
      status[how](new Error('no answer'));
      expect(status.ready()).toMatchObject({ ready: false, reasons: [{ code: 'database_unreachable' }] });
      // Neither has asked the database.
      status.passed(report(undefined));
      status.passed(report('1', { roots: new Map() }));
      expect(status.ready().ready).toBe(false);
      status.databaseAnswers();
      expect(status.ready().ready).toBe(true);
    },
  );

  it('is ready again after a pass that failed once and then ended', () => {
    const { status } = setUp();
    status.failed(new Error('no answer'));
    status.passed(report('1'));
    expect(status.ready().ready).toBe(true);
  });

  it('is alive for as long as a pass may wait for its answer', () => {
    const { status, clock } = setUp();
    clock.advance(19_000);
    expect(status.live()).toBe(true);
    clock.advance(1_000);
    expect(status.live()).toBe(false);
    status.failed(new Error('no answer'));
    expect(status.live()).toBe(true);
  });
});

describe('a daemon that stands by', () => {
  const codes = (status: ReturnType<typeof createStatus>) => status.ready().reasons.map(({ code }) => code);

  it('is ready once the leader was seen to renew', () => {
    const { status } = setUp();
    status.follows(source, 'web-1 boot 1 42 9000', false);
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: false }, ['leader_unseen']]);
    status.follows(source, 'web-1 boot 1 42 9000', true);
    expect(status.ready()).toEqual({ ready: true, role: { [source]: 'standby' }, reasons: [] });
    status.follows(source, null, false);
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: false }, ['no_leader']]);
  });

  it('is ready with a root that cannot be looked at, and says so, whoever leads', () => {
    const { status } = setUp();
    status.follows(source, null, false);
    status.heldBack(source, { why: 'unhealthy', reason: 'gone' });
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: true }, ['root_unhealthy']]);
    expect(status.snapshot()).toMatchObject({
      roots: [{ healthy: false, reason: 'gone', held_back: 'gone' }],
    });
  });

  it('whose packs differ says so, and is not ready when nobody leads', () => {
    const { status } = setUp();
    status.follows(source, 'web-1 boot 1 42 9000', true);
    status.heldBack(source, { why: 'differs', reason: 'much is missing' });
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: true }, ['packs_differ']]);
    status.follows(source, null, false);
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: false }, ['packs_differ', 'no_leader']]);
    expect(status.snapshot()).toMatchObject({ roots: [{ healthy: true, held_back: 'much is missing' }] });
    expect(status.rootOf(source)).toEqual({ state: 'unled', reason: 'much is missing' });
    status.heldBack(source, undefined);
    expect(codes(status)).toEqual(['no_leader']);
  });

  it('that comes to lead is ready after a pass under the new lease, and needs none when it renewed late', () => {
    const { status } = setUp();
    status.leads(source, 1);
    expect(status.ready().ready).toBe(true);
    status.follows(source, null, false);
    status.leads(source, 2);
    expect([status.ready(), codes(status)]).toMatchObject([{ ready: false }, ['first_pass']]);
    status.passed(report('1'));
    expect(status.ready().ready).toBe(true);
  });
});

describe('rootOf', () => {
  it('tells how a root is: not looked at yet, healthy, not to be looked at, led by another, or none of ours', () => {
    const { status } = setUp();
    expect(status.rootOf('root:other')).toEqual({ state: 'unknown' });
    expect(status.rootOf(source)).toMatchObject({ state: 'healthy' });
    status.passed(report(undefined));
    expect(status.rootOf(source)).toEqual({ state: 'unhealthy', reason: 'gone' });
    status.passed(report('1'));
    status.follows(source, 'web-1 boot 4026531836 42 9000', true);
    expect(status.rootOf(source)).toEqual({ state: 'standby', leader: 'web-1, process 42' });
    status.follows(source, null, false);
    expect(status.rootOf(source)).toEqual({ state: 'standby', leader: null });
    const fresh = createStatus({
      config: { roots: [{ source, path: '/packs' }], rescanS: 1 } as never,
      ...{ version: '1', place: 'here', clock: createManualClock(), isPrompt: () => true },
    });
    expect(fresh.rootOf(source)).toEqual({ state: 'unseen' });
  });
});

describe('a daemon is alive', () => {
  it('while its loop is prompt and its last scan young, and only then', () => {
    const clock = createManualClock();
    let isPrompt = true;
    const config = { roots: [{ source, path: '/packs' }], rescanS: 30 } as never;
    const status = createStatus({
      ...{ config, version: '1', place: 'here', clock },
      isPrompt: () => isPrompt,
    });
    expect(status.live()).toBe(true);
    isPrompt = false;
    expect(status.live()).toBe(false);
    isPrompt = true;
    clock.advance(89_999);
    expect(status.live()).toBe(true);
    clock.advance(1);
    expect(status.live()).toBe(false);
    status.passed(report('1'));
    expect(status.live()).toBe(true);
  });
});
