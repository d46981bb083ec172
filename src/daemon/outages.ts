// Roots that cannot be looked at: since when, and what is told of those that no pass looks at.
import type { SourceName } from '../model/pack.ts';
import type { PassReport, SeenRoot } from '../reconcile/ports.ts';
import type { Unfit } from './candidacy.ts';

export type Outage = { readonly source: SourceName; readonly reason: string };

export type Outages = {
  /** The roots that this pass and all before it, for three rescans, could not look at. */
  passed(report: PassReport): readonly Outage[];
};

/** From the first of three rescans to the third, with room for one that comes late; in intervals. */
const threeRescans = 1.75;

export function createOutages(rescanMs: number): Outages {
  const since = new Map<SourceName, number>();
  return {
    passed({ roots, unhealthy, startedAtMs }) {
      const over: Outage[] = [];
      for (const source of roots.keys()) {
        const outage = unhealthy.find((one) => one.source === source);
        if (outage === undefined) {
          since.delete(source);
          continue;
        }
        const begunMs = since.get(source) ?? startedAtMs;
        const isOver = startedAtMs - begunMs >= threeRescans * rescanMs;
        if (isOver) over.push(outage);
        since[isOver ? 'delete' : 'set'](source, begunMs);
      }
      return over;
    },
  };
}

const unseen: SeenRoot = {
  ...{ identity: undefined, isFull: false, looked: new Set(), changed: new Set() },
  ...{ linked: new Map(), unlisted: new Map() },
};

/**
 * A pass looks at what is led here alone. Roots that this daemon would lead and cannot see are told like those that a pass found
 * unhealthy, and once more when they are there again. `told` is kept between calls.
 */
export function withUnseen(
  report: PassReport,
  unled: readonly SourceName[],
  unfit: (source: SourceName) => Unfit | undefined,
  told: Set<SourceName>,
): PassReport {
  const outages: Outage[] = [];
  const roots = new Map(report.roots);
  for (const source of unled) {
    const found = unfit(source);
    const isOut = found?.why === 'unhealthy';
    if (isOut || told.has(source)) roots.set(source, unseen);
    if (isOut) outages.push({ source, reason: found.reason });
    told[isOut ? 'add' : 'delete'](source);
  }
  for (const source of report.roots.keys()) if (!unled.includes(source)) told.delete(source);
  return { ...report, roots, unhealthy: [...report.unhealthy, ...outages] };
}
