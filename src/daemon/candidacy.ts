// Whether this daemon may lead a source, by a look of its own that needs no lease: it must see the root; and where the source was led
// from another place last, its disk must not lack more of what is registered than the guard would let go at once.
import type { Config } from '../config.ts';
import type { RootAccesses } from '../load/root-access.ts';
import { scanRoot } from '../load/scan.ts';
import type { Root, SourceName } from '../model/pack.ts';
import type { Clock, PassReport, Registry } from '../reconcile/ports.ts';
import { fullChange } from '../registry/change-set.ts';
import { createEngine, type Engine } from './engine.ts';
import { placeName } from './holder.ts';

/** Why it may not; `reason` is for people. */
export type Unfit = {
  readonly why: 'unhealthy' | 'differs';
  readonly reason: string;
};

export type Candidacy = {
  /** Where we lead a source from, for others to tell whether their disk may be another. */
  placeOf(source: SourceName): string;
  /** Looks now. `ledFrom`: where the source was led from last, null where that is not known. Undefined: it may lead. */
  look(source: SourceName, ledFrom: string | null): Promise<Unfit | undefined>;
  /** As the last look, or `note`, had it. */
  unfit(source: SourceName): Unfit | undefined;
  /** What a pass has found out. */
  note(source: SourceName, unfit: Unfit | undefined): void;
  /** Milliseconds since the last look; infinite when there was none. */
  ageMs(source: SourceName): number;
  /** Its disk is looked at by passes from now on: what was kept for comparing is let go. */
  led(source: SourceName): void;
  close(): Promise<void>;
};

export type CandidacyOptions = {
  readonly config: Config;
  readonly accesses: RootAccesses;
  /** Read, never written. */
  readonly registry: Registry;
  readonly clock: Clock;
};

type Candidate = {
  readonly root: Root;
  /** Kept between comparisons, so that files that stay as they are need not be read again. */
  engine: Engine | undefined;
  unfit: Unfit | undefined;
  lookedAtMs: number;
  comparedAtMs: number;
  /** Looks at one root come one after the other. */
  last: Promise<unknown>;
};

/** Between two comparisons that find too much missing, at most, for somebody may be bringing it; milliseconds. */
const compareMs = 5_000;
/** Parsed files that are kept for comparing; few differ from what is registered. */
const cacheBytes = 8 * 1024 * 1024;

export function createCandidacy({ config, accesses, registry, clock }: CandidacyOptions): Candidacy {
  const candidates = new Map<SourceName, Candidate>();
  const never = { lookedAtMs: Number.NEGATIVE_INFINITY, comparedAtMs: Number.NEGATIVE_INFINITY };
  for (const root of config.roots) {
    const fresh = { engine: undefined, unfit: undefined, last: Promise.resolve() };
    candidates.set(root.source, { root, ...fresh, ...never });
  }
  const placeOf = (source: SourceName) => placeName(candidates.get(source)?.root.path ?? '');

  const letGo = async (candidate: Candidate) => {
    const { engine } = candidate;
    candidate.engine = undefined;
    candidate.comparedAtMs = Number.NEGATIVE_INFINITY;
    await engine?.loader.close();
  };

  const lookNow = async (candidate: Candidate, ledFrom: string | null): Promise<Unfit | undefined> => {
    const { source } = candidate.root;
    const isElsewhere = ledFrom !== null && ledFrom !== placeOf(source);
    const listing = await scanRoot(accesses.of(source), candidate.root);
    if (listing.state !== 'listed') return { why: 'unhealthy', reason: listing.reason };
    if (!isElsewhere) return undefined;
    const isFresh = clock.nowMs() - candidate.comparedAtMs < Math.min(compareMs, config.rescanS * 1000);
    if (isFresh && candidate.unfit?.why === 'differs') return candidate.unfit;
    candidate.engine ??= openEngine({ config, accesses, registry }, candidate.root);
    const report = await candidate.engine.reconcile(fullChange([source], 'request', clock.nowMs()));
    candidate.comparedAtMs = clock.nowMs();
    const [unhealthy] = report.unhealthy;
    if (unhealthy) return { why: 'unhealthy', reason: unhealthy.reason };
    return differenceOf(report, source, ledFrom, config.pruneMaxPercent);
  };

  return {
    placeOf,
    look(source, ledFrom) {
      const candidate = candidates.get(source);
      if (candidate === undefined) throw new Error(`no root is configured for ${source}`);
      const turn = candidate.last.then(async () => {
        candidate.unfit = await lookNow(candidate, ledFrom);
        candidate.lookedAtMs = clock.nowMs();
        return candidate.unfit;
      });
      candidate.last = turn.catch(() => undefined); // who asked is told
      return turn;
    },
    unfit: (source) => candidates.get(source)?.unfit,
    note(source, unfit) {
      Object.assign(candidates.get(source) ?? {}, { unfit });
    },
    ageMs: (source) => clock.nowMs() - (candidates.get(source)?.lookedAtMs ?? Number.NEGATIVE_INFINITY),
    led(source) {
      const candidate = candidates.get(source);
      if (candidate === undefined) return;
      candidate.unfit = undefined;
      candidate.last = candidate.last.then(() => letGo(candidate));
    },
    async close() {
      await Promise.all(
        [...candidates.values()].map((candidate) => candidate.last.then(() => letGo(candidate))),
      );
    },
  };
}

function openEngine(options: Omit<CandidacyOptions, 'clock'>, root: Root): Engine {
  const { config } = options;
  const own = { ...config, roots: [root], cacheBytes: Math.min(config.cacheBytes, cacheBytes) };
  return createEngine({ ...options, config: own, dryRun: true, onPack: () => undefined });
}

/** What the guard would hold if this disk led: a plan puts it into a batch that has no id. */
function differenceOf(
  report: PassReport,
  source: SourceName,
  ledFrom: string,
  pruneMaxPercent: number,
): Unfit | undefined {
  const held = (report.held.get(source) ?? []).filter(({ id }) => id === '');
  const missing = held.reduce((total, { refs }) => total + refs.length, 0);
  if (missing === 0) return undefined;
  const isEmpty = held.some((batch) => batch.reason === 'root_empty');
  const limit = isEmpty
    ? 'which holds no pack'
    : `more than PACKWATCH_PRUNE_MAX (${pruneMaxPercent}%) lets go at once`;
  const [host, path] = splitOnce(ledFrom);
  return {
    why: 'differs',
    reason: `${missing} registered definitions are not on this disk, ${limit}; it was led from ${path} on ${host} last`,
  };
}

function splitOnce(place: string): readonly [string, string] {
  const at = place.indexOf(' ');
  return [place.slice(0, at), place.slice(at + 1)];
}
