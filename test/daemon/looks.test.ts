// Looks that somebody waits for: what pass ends them, and what does not.
import { describe, expect, it } from 'vitest';
import { createLooks, type LookEnd } from '../../src/daemon/looks.ts';
import type { PackDir, SourceName } from '../../src/model/pack.ts';
import type { RegistrationPlan } from '../../src/model/plan.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';

const source = 'root:a' as SourceName;
const ops = 'ops' as PackDir;
const web = 'web' as PackDir;
const dirs = (...names: PackDir[]) => new Map([[source, new Set(names)]]);

function reportOf(
  startedAtMs: number,
  looked: readonly PackDir[] | 'all',
  more: Partial<PassReport> = {},
): PassReport {
  const root = {
    identity: '1:2',
    isFull: looked === 'all',
    looked: new Set(looked === 'all' ? [ops, web] : looked),
    changed: new Set<PackDir>(),
    unlisted: new Map(),
    linked: new Map(),
  };
  return {
    ...{ cause: 'request', startedAtMs, oldestSeenAtMs: startedAtMs, durationMs: 1, stages: {} },
    ...{ packs: [], unhealthy: [], held: new Map(), refused: [], roots: new Map([[source, root]]) },
    ...{ parsed: 0, written: 0, unchanged: 0, invalid: [], again: new Map(), waiting: new Map() },
    ...more,
  };
}

/** Asked at 10 ms. */
function ask(scope: PackDir | 'all') {
  const pushed: unknown[] = [];
  const troubles: string[] = [];
  const looks = createLooks({ nowMs: () => 10, push: (of, wanted) => pushed.push([of, wanted]) });
  const left: (readonly PackDir[])[] = [];
  const look = looks.ask({
    ...{ source, scope },
    onTrouble: (reason) => troubles.push(reason),
    onLeft: (some) => left.push(some),
  });
  let ended: LookEnd | undefined;
  void look.end.then((how) => {
    ended = how;
  });
  /** How it ended by this pass; undefined: it goes on. */
  const pass = async (report: PassReport) => {
    looks.passed(report);
    await Promise.resolve();
    return ended;
  };
  const hasEnded = async () => {
    await Promise.resolve();
    return ended;
  };
  return { looks, look, pass, pushed, troubles, left, hasEnded };
}

describe('a look', () => {
  it.each([ops, 'all'] as const)(
    'asks for a pass over %s and is done with one that began since',
    async (scope) => {
      const { pass, pushed } = ask(scope);
      expect(pushed).toEqual([[source, scope]]);
      // Under way already when it was asked: it may have passed by what has changed since.
      expect(await pass(reportOf(9.9, 'all'))).toBeUndefined();
      expect(await pass(reportOf(11, 'all'))).toBe('done');
    },
  );

  it('is done with a pass over its pack alone, not over others, nor one over a pack for a whole root', async () => {
    expect(await ask(ops).pass(reportOf(11, [web]))).toBeUndefined();
    expect(await ask(ops).pass(reportOf(11, [ops]))).toBe('done');
    expect(await ask('all').pass(reportOf(11, [ops, web]))).toBeUndefined();
  });

  it('goes on until the packs that were being written have stood still', async () => {
    const whole = ask('all');
    expect(await whole.pass(reportOf(11, 'all', { again: dirs(ops), waiting: dirs(web) }))).toBeUndefined();
    expect(await whole.pass(reportOf(12, [ops], { again: dirs(ops) }))).toBeUndefined();
    expect(await whole.pass(reportOf(13, [ops]))).toBeUndefined();
    expect(await whole.pass(reportOf(14, [web]))).toBe('done');
    expect(whole.left).toEqual([[ops, web], [ops, web], [web]]);
    const one = ask(ops);
    expect(await one.pass(reportOf(11, [], { again: dirs(ops) }))).toBeUndefined();
    expect(await one.pass(reportOf(12, [ops]))).toBe('done');
    expect(await ask(ops).pass(reportOf(11, 'all', { again: dirs(web) }))).toBe('done');
  });

  it('is not done by a pass whose writes were refused for the lease, or over another source', async () => {
    const { pass } = ask(ops);
    const plan = { dir: ops } as RegistrationPlan;
    const fenced = { source, dir: ops, plan, result: { outcome: 'fenced' }, diagnostics: [] } as const;
    expect(await pass(reportOf(11, 'all', { packs: [fenced] }))).toBeUndefined();
    expect(await pass(reportOf(11, 'all', { roots: new Map() }))).toBeUndefined();
    expect(await pass(reportOf(12, 'all'))).toBe('done');
  });

  it('tells why a pass could not look or write, and waits for one that can', async () => {
    const { pass, troubles } = ask(ops);
    const away = { unhealthy: [{ source, reason: 'not there' }] };
    expect(await pass(reportOf(11, [], away))).toBeUndefined();
    expect(await pass(reportOf(12, [ops], { refused: [{ source, dir: ops, error: 1 }] }))).toBeUndefined();
    expect(troubles).toEqual([
      'root:a cannot be looked at: not there',
      "the database refused what ops of root:a needs; the daemon's log says why",
    ]);
    expect(await pass(reportOf(13, [ops], { refused: [{ source, dir: web, error: 1 }] }))).toBe('done');
  });

  it('ends when another daemon leads the source, or when nobody waits any more', async () => {
    const led = ask(ops);
    led.looks.lost('root:b' as SourceName);
    expect(await led.hasEnded()).toBeUndefined();
    led.looks.lost(source);
    expect(await led.hasEnded()).toBe('unled');
    const left = ask(ops);
    left.look.forget();
    expect(await left.pass(reportOf(11, 'all'))).toBe('forgotten');
  });
});
