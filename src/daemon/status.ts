// What the daemon knows of itself, for /livez, /readyz and /status. Nothing here waits for anything.
import type { Config } from '../config.ts';
import type { DaemonState } from '../model/daemon-state.ts';
import { nameHolder } from '../model/decisions.ts';
import { messageOf } from '../model/errors.ts';
import type { RootHealth } from '../model/explain.ts';
import type { JsonObject, SourceName } from '../model/pack.ts';
import type { ReplicaState } from '../model/reads.ts';
import type { Clock, PassReport } from '../reconcile/ports.ts';
import type { ListenMode } from '../store/listen.ts';
import type { CatalogCounts } from '../store/sql/catalog-counts.ts';
import type { WatchMode } from '../telemetry/metrics.ts';
import type { Unfit } from './candidacy.ts';
import { heldOf } from './observe-pass.ts';
import { type Readiness, readinessOf, type SourceStatus } from './readiness.ts';

export type DaemonStatus = {
  live(): boolean;
  ready(): Readiness;
  snapshot(): JsonObject & DaemonState;
  /** Removals that wait for a person. */
  held(): number;
  /** Diagnostics of files on disk. */
  problems(): number;
  /** For `explain`. */
  rootOf(source: string): RootHealth;
  leads(source: SourceName, epoch: number): void;
  /** `renews`: the holder was seen to renew its lease since this daemon started. */
  follows(source: SourceName, holder: string | null, renews: boolean): void;
  /** Why this daemon does not take over a source that it does not lead; undefined: it would. */
  heldBack(source: SourceName, unfit: Unfit | undefined): void;
  watchedBy(source: SourceName, mode: WatchMode): void;
  passed(report: PassReport): void;
  /** A pass failed, for want of the database. */
  failed(error: unknown): void;
  /** The database did not answer though no pass asked: a daemon with nothing to do must not seem ready. */
  databaseLost(error: unknown): void;
  databaseAnswers(): void;
  counted(counts: CatalogCounts): void;
  /** How changes that others make to the registry are learnt of. */
  learnsBy(mode: ListenMode): void;
  stopping(): void;
};

/** A pass may wait for a statement's deadline and a pause after it without being stuck. */
const leastAgeMs = 20_000;

export type StatusOptions = {
  readonly config: Config;
  readonly version: string;
  readonly place: string;
  /** A replica that reads may go to, and where it is. */
  readonly replica?: { readonly place: string; state(): ReplicaState };
  readonly clock: Clock;
  /** The event loop comes round in time. */
  isPrompt(): boolean;
};

export function createStatus(options: StatusOptions): DaemonStatus {
  const { config, clock } = options;
  const startedAt = new Date();
  const sources = new Map<SourceName, SourceStatus>();
  for (const { source } of config.roots) {
    sources.set(source, {
      role: undefined,
      holder: null,
      epoch: undefined,
      renews: false,
      firstPass: false,
      unhealthy: undefined,
      differs: undefined,
      watch: undefined,
      held: 0,
      unlisted: new Map(),
    });
  }
  let lastScanMs = clock.nowMs();
  let lastPass: PassReport | undefined;
  let lastPassAt: Date | undefined;
  let failure: string | undefined;
  let lost: string | undefined;
  let counts: CatalogCounts | undefined;
  // Until notifications are known to come through.
  let listenMode: ListenMode = 'polling';
  let isStopping = false;

  const entryOf = (source: SourceName) => sources.get(source);

  const ready = () =>
    readinessOf(sources, { isStopping, away: failure ?? lost, replica: options.replica?.state() });

  return {
    live: () =>
      options.isPrompt() && clock.nowMs() - lastScanMs < Math.max(3 * config.rescanS * 1000, leastAgeMs),
    ready,
    leads(source, epoch) {
      const entry = entryOf(source);
      if (!entry) return;
      // Renewed late it is the same lease, and what was looked at before it ran out was looked at.
      if (entry.epoch !== epoch) entry.firstPass = false;
      Object.assign(entry, { role: 'leader', epoch, holder: null, renews: false, differs: undefined });
    },
    follows(source, holder, renews) {
      Object.assign(entryOf(source) ?? {}, { role: 'standby', epoch: undefined, holder, renews });
    },
    heldBack(source, unfit) {
      Object.assign(entryOf(source) ?? {}, {
        unhealthy: unfit?.why === 'unhealthy' ? unfit.reason : undefined,
        differs: unfit?.why === 'differs' ? unfit.reason : undefined,
      });
    },
    watchedBy(source, mode) {
      Object.assign(entryOf(source) ?? {}, { watch: mode });
    },
    passed(report) {
      lastScanMs = clock.nowMs();
      lastPass = report;
      lastPassAt = new Date();
      // A pass over nothing that could be listed has not asked the database.
      if ([...report.roots.values()].some(({ identity }) => identity !== undefined)) failure = undefined;
      for (const [source, seen] of report.roots) {
        const entry = entryOf(source);
        if (!entry) continue;
        entry.firstPass = true;
        entry.unhealthy = report.unhealthy.find((one) => one.source === source)?.reason;
        for (const dir of seen.looked) {
          const reason = seen.unlisted.get(dir);
          if (reason === undefined) entry.unlisted.delete(dir);
          else entry.unlisted.set(dir, reason);
        }
        if (report.held.has(source)) entry.held = heldOf(report, source);
      }
    },
    failed(error) {
      // The disk is not looked at while the database is away, yet the loop turns: that is alive, and not ready.
      lastScanMs = clock.nowMs();
      failure = messageOf(error);
    },
    databaseLost(error) {
      lost = messageOf(error);
    },
    databaseAnswers() {
      lost = undefined;
      failure = undefined;
    },
    counted(read) {
      counts = read;
    },
    learnsBy(mode) {
      listenMode = mode;
    },
    stopping() {
      isStopping = true;
    },
    rootOf(source) {
      const entry = entryOf(source as SourceName);
      if (entry === undefined) return { state: 'unknown' };
      if (entry.unhealthy !== undefined) return { state: 'unhealthy', reason: entry.unhealthy };
      if (entry.role === 'standby' && entry.holder === null && entry.differs !== undefined)
        return { state: 'unled', reason: entry.differs };
      if (entry.role === 'standby')
        return { state: 'standby', leader: entry.holder === null ? null : nameHolder(entry.holder) };
      return entry.firstPass ? { state: 'healthy', unlisted: entry.unlisted } : { state: 'unseen' };
    },
    problems: () => Object.values(counts?.problems ?? {}).reduce((total, one) => total + one, 0),
    held: () => [...sources.values()].reduce((total, { held }) => total + held, 0),
    snapshot: () => ({
      version: options.version,
      started: startedAt.toISOString(),
      database: options.place,
      database_changes: listenMode,
      read_replica: replicaOf(options.replica),
      ...ready(),
      roots: config.roots.map(({ source, path }) => {
        const entry = entryOf(source);
        return {
          source,
          path,
          role: entry?.role ?? null,
          epoch: entry?.epoch ?? null,
          leader: entry?.holder ?? null,
          healthy: entry?.unhealthy === undefined,
          reason: entry?.unhealthy ?? null,
          held_back: entry?.role === 'standby' ? (entry.unhealthy ?? entry.differs ?? null) : null,
          watch: entry?.watch ?? null,
          held: entry?.held ?? 0,
          unlisted: [...(entry?.unlisted ?? [])].map(([pack, reason]) => ({ pack, reason })),
        };
      }),
      definitions: counts?.definitions ?? {},
      files: counts?.files ?? 0,
      catalog_version: counts?.version ?? 0,
      last_pass: lastPass
        ? {
            at: lastPassAt?.toISOString() ?? null,
            cause: lastPass.cause,
            duration_ms: Math.round(lastPass.durationMs),
            parsed: lastPass.parsed,
            written: lastPass.written,
            unchanged: lastPass.unchanged,
            problems: lastPass.invalid.length,
          }
        : null,
    }),
  };
}

function replicaOf(replica: StatusOptions['replica']): NonNullable<DaemonState['read_replica']> | null {
  if (!replica) return null;
  const { state, version, behindMs, reason } = replica.state();
  return { database: replica.place, state, version, behind_ms: behindMs, reason };
}
