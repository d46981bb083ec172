import { describe, expect, it } from 'vitest';
import { createSupervision } from '../../src/daemon/supervision.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';
import type { Message } from '../../src/supervisor/send.ts';

const emptyState = {
  ...{ version: '1', started: '', database: 'here', files: 2, catalog_version: 1, last_pass: null },
  definitions: { active: 2, degraded: 1, retired: 4 },
  roots: [
    {
      ...{ source: 'root:a', path: '/a', role: 'leader' as const, leader: null, healthy: true, reason: null },
      ...{ watch: 'poll', held: 0, held_back: null, unlisted: [] },
    },
  ],
} as const;

function setUp(watchdogMs?: number) {
  let now = 1_000;
  let tick: () => void = () => undefined;
  const facts = {
    live: true,
    ready: false,
    reasons: [{ code: 'first_pass', message: 'the first pass is not committed yet' }],
    problems: 0,
  };
  const sent: Message[] = [];
  const warnings: string[] = [];
  const supervision = createSupervision({
    sender: { send: async (message) => void sent.push(message), close: () => undefined },
    watchdogMs,
    status: {
      live: () => facts.live,
      ready: () => ({ ready: facts.ready, role: {}, reasons: facts.reasons }),
      snapshot: () => ({ ...emptyState, ready: facts.ready, reasons: facts.reasons }),
      problems: () => facts.problems,
    },
    logger: { warn: (_, message) => void warnings.push(message) },
    nowMs: () => now,
    every(_, fire) {
      tick = fire;
      return () => undefined;
    },
  });
  const pass = async (ms: number) => {
    for (const end = now + ms; now < end; ) {
      now += 500;
      tick();
      await Promise.resolve();
    }
    await new Promise(setImmediate);
  };
  const all = (name: string) => sent.filter((message) => name in message);
  const becomeReady = () => Object.assign(facts, { ready: true, reasons: [] });
  return { supervision, facts, sent, warnings, pass, all, becomeReady, now: () => now };
}

describe('READY', () => {
  it('comes after the first complete pass, and more time is asked for until then', async () => {
    const { supervision, pass, all, becomeReady } = setUp();
    await pass(60_000);
    expect(all('READY')).toEqual([]);
    expect(all('EXTEND_TIMEOUT_USEC').length).toBe(12);
    becomeReady();
    supervision.passed({ cause: 'start', written: 1 } as PassReport);
    await pass(500);
    expect(all('READY')).toEqual([{ READY: '1', STATUS: '3 definitions, leads 1 of 1 root, 1 polled' }]);
    await pass(60_000);
    expect(all('READY')).toHaveLength(1);
  });

  it('asks for no more time while nothing gets on', async () => {
    const { facts, pass, all } = setUp();
    facts.live = false;
    await pass(60_000);
    expect(all('EXTEND_TIMEOUT_USEC')).toEqual([]);
  });

  it('comes though the database is away, after a while and with words for it', async () => {
    const { facts, pass, all } = setUp();
    facts.reasons = [{ code: 'database_unreachable', message: 'connection\nMAINPID=1 refused' }];
    await pass(14_000);
    expect(all('READY')).toEqual([]);
    await pass(1_500);
    expect(all('READY')[0]?.['STATUS']).toMatch(/^not ready: connection\sMAINPID=1 refused, 3 definitions/);
  });

  it('comes with words for a root that is not there', async () => {
    const { facts, pass, all } = setUp();
    Object.assign(facts, { ready: true, reasons: [{ code: 'root_unhealthy', message: 'root:a: gone' }] });
    await pass(500);
    expect(all('READY')[0]?.['STATUS']).toMatch(/^degraded: root:a: gone, 3 definitions/);
  });
});

describe('WATCHDOG', () => {
  it('is told three times an interval', async () => {
    const { pass, all, becomeReady } = setUp(30_000);
    becomeReady();
    await pass(300_000);
    expect(all('WATCHDOG')).toHaveLength(30);
  });

  it('is not told while the daemon is not alive by its own rule, and at once when it is again', async () => {
    const { facts, warnings, pass, all, becomeReady } = setUp(30_000);
    becomeReady();
    await pass(10_000);
    facts.live = false;
    const before = all('WATCHDOG').length;
    await pass(60_000);
    expect(all('WATCHDOG')).toHaveLength(before);
    expect(warnings).toEqual([expect.stringContaining('the watchdog is not fed')]);
    facts.live = true;
    await pass(500);
    expect(all('WATCHDOG')).toHaveLength(before + 1);
  });

  it('is not told where nobody looks', async () => {
    const { pass, all, becomeReady } = setUp();
    becomeReady();
    await pass(60_000);
    expect(all('WATCHDOG')).toEqual([]);
  });
});

describe('a reload', () => {
  it('is told with the clock before it is done, and its end after', async () => {
    const { supervision, pass, sent, becomeReady } = setUp();
    becomeReady();
    await pass(500);
    const fromUsec = process.hrtime.bigint() / 1000n;
    let sentBefore: readonly Message[] = [];
    supervision.reload(() => {
      sentBefore = [...sent];
    });
    await pass(500);
    const [, reloading, ready] = sent;
    expect(sentBefore.at(-1)).toBe(reloading);
    expect(Object.keys(reloading ?? {})).toEqual(['RELOADING', 'MONOTONIC_USEC']);
    const usec = BigInt(reloading?.['MONOTONIC_USEC'] ?? 0);
    expect(usec >= fromUsec && usec <= process.hrtime.bigint() / 1000n).toBe(true);
    expect(ready).toMatchObject({ READY: '1' });
  });

  it('does not make a start ready', async () => {
    const { supervision, pass, all } = setUp();
    let isDone = false;
    supervision.reload(() => {
      isDone = true;
    });
    await pass(500);
    expect([isDone, all('READY'), all('RELOADING')]).toEqual([true, [], []]);
  });
});

describe('STATUS', () => {
  it('is told when it changes, at most every five seconds', async () => {
    const { supervision, facts, pass, all, becomeReady, now } = setUp();
    becomeReady();
    await pass(60_000);
    expect(all('STATUS')).toHaveLength(1);
    supervision.passed({ cause: 'watch', written: 2, oldestSeenAtMs: now() - 84 } as PassReport);
    for (let n = 1; n <= 20; n += 1) {
      facts.problems = n;
      await pass(500);
    }
    expect(all('STATUS').length).toBeLessThanOrEqual(4);
    await pass(5_000);
    expect(all('STATUS').at(-1)).toEqual({
      STATUS: '3 definitions, 20 problems, leads 1 of 1 root, 1 polled, last save live after 84 ms',
    });
  });
});

describe('STOPPING', () => {
  it('is told once, and nothing but it afterwards', async () => {
    const { supervision, pass, sent, becomeReady } = setUp(3_000);
    becomeReady();
    await pass(500);
    supervision.stopping();
    supervision.stopping();
    supervision.reload(() => undefined);
    await pass(10_000);
    await supervision.close();
    expect(sent.map((message) => Object.keys(message)[0])).toEqual(['READY', 'STOPPING']);
  });
});
