import { describe, expect, it } from 'vitest';
import { createOutages, withUnseen } from '../../src/daemon/outages.ts';
import type { SourceName } from '../../src/model/pack.ts';
import type { PassReport } from '../../src/reconcile/ports.ts';

const [one, two] = ['root:one', 'root:two'] as [SourceName, SourceName];

/** A pass that began then, over these roots; those with a reason could not be looked at. */
function pass(startedAtMs: number, found: Readonly<Record<string, string | undefined>>): PassReport {
  const roots = new Map(Object.keys(found).map((source) => [source as SourceName, {}]));
  const unhealthy = Object.entries(found).flatMap(([source, reason]) =>
    reason === undefined ? [] : [{ source, reason }],
  );
  return { startedAtMs, roots, unhealthy } as unknown as PassReport;
}

describe('outages', () => {
  const over = (outages: ReturnType<typeof createOutages>, ...args: Parameters<typeof pass>) =>
    outages.passed(pass(...args)).map(({ source }) => source);

  it('are over the limit at the third rescan in a row, however many looks there were between', () => {
    const outages = createOutages(30_000);
    expect(over(outages, 1_000, { [one]: 'gone' })).toEqual([]);
    for (const ms of [1_100, 2_000, 31_000, 31_500, 45_000])
      expect(over(outages, ms, { [one]: 'gone' })).toEqual([]);
    expect(over(outages, 61_000, { [one]: 'gone' })).toEqual([one]);
  });

  it('begin anew once the root was seen, and once they were told', () => {
    const outages = createOutages(30_000);
    over(outages, 0, { [one]: 'gone', [two]: 'gone' });
    over(outages, 30_000, { [one]: undefined });
    expect(over(outages, 60_000, { [one]: 'gone', [two]: 'gone' })).toEqual([two]);
    expect(over(outages, 90_000, { [one]: 'gone', [two]: 'gone' })).toEqual([]);
    expect(over(outages, 120_000, { [one]: 'gone', [two]: 'gone' })).toEqual([one]);
    expect(over(outages, 150_000, { [one]: 'gone', [two]: 'gone' })).toEqual([two]);
  });
});

describe('a report', () => {
  it('is completed by the roots that cannot be led, until they can be seen', () => {
    const told = new Set<SourceName>();
    const complete = (unfit: string | undefined, unled = [two]) =>
      withUnseen(
        pass(0, { [one]: undefined }),
        unled,
        () => (unfit === undefined ? undefined : { why: 'unhealthy', reason: unfit }),
        told,
      );
    const absent = complete('not there');
    expect([[...absent.roots.keys()], absent.unhealthy]).toEqual([
      ...[[one, two], [{ source: two, reason: 'not there' }]],
    ]);
    const back = complete(undefined);
    expect([[...back.roots.keys()], back.unhealthy]).toEqual([[one, two], []]);
    expect([...complete(undefined).roots.keys()]).toEqual([one]);
  });

  it('says nothing of one whose packs differ', () => {
    const report = withUnseen(pass(0, {}), [two], () => ({ why: 'differs', reason: 'few' }), new Set());
    expect([report.roots.size, report.unhealthy]).toEqual([0, []]);
  });
});
