// What happened, as numbers → the text of /metrics. Exactly the metrics of contract §7. The only user of prom-client.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Cause } from '../model/change.ts';
import type { DefinitionStatus } from '../model/state.ts';

export type PassOutcome = 'applied' | 'unchanged' | 'refused' | 'failed' | 'fenced' | 'aborted';
export type WatchMode = 'events' | 'poll' | 'off';

/** One function a fact. Labels are small closed sets: a source or root is a configured name; never a ref or a path. */
export type Metrics = {
  /** Definitions by status; a status that is left out is 0. */
  setDefinitions(counts: Readonly<Partial<Record<DefinitionStatus, number>>>): void;
  /** Diagnostics on disk by code; a code that is gone loses its series. */
  setProblems(counts: ReadonlyMap<string, number>): void;
  setFiles(count: number): void;
  /** A pass came to its end; durations in seconds by stage. */
  passFinished(cause: Cause, outcome: PassOutcome, stagesS: Readonly<Record<string, number>>): void;
  /** First event of a change → commit, in seconds. */
  savedToLive(seconds: number): void;
  filesParsed(count: number): void;
  cacheLookup(result: 'hit' | 'miss', count?: number): void;
  rowsWritten(verb: string, count: number): void;
  watchEvent(count?: number): void;
  /** Changes that a rescan found and no event had announced. */
  watchEventsMissed(count: number): void;
  /** 1 for the mode a root is in, 0 for the others. */
  setWatchMode(root: string, mode: WatchMode): void;
  setHeldRemovals(count: number): void;
  /** Unix time in seconds of the last pass that left registry and disk equal. */
  setLastSuccess(timestampS: number): void;
  setLastScan(timestampS: number): void;
  setPendingPaths(count: number): void;
  setLeader(source: string, isLeader: boolean): void;
  databaseError(kind: string): void;
  /** `route` is the pattern (`/api/v1/workflows/:ref`), never the URL. */
  httpRequest(labels: { route: string; method: string; status: number }, seconds: number): void;
  /** The whole exposition. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
};

const watchModes: readonly WatchMode[] = ['events', 'poll', 'off'];
const statuses: readonly DefinitionStatus[] = ['active', 'degraded', 'retired'];

/** From a cached pass over nothing to a first pass over tens of thousands of files. */
const passBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Fine where the promise lies: a fraction of a second. */
const saveBuckets = [0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60];
const httpBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Of the library: gauges with the suffix of counters, which tools complain about; each is the sum of another. */
const sums = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];
/** Codes come out of rows that anybody may have written: more of them, or other words, are told together. */
const maxCodes = 200;
const codePattern = /^[A-Z][A-Z0-9_]{1,47}$/;

/** Makes a registry of its own; several can live in one process. `defaultMetrics` adds those of the Node process. */
export function createMetrics(options: { readonly defaultMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.defaultMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of sums) registry.removeSingleMetric(name);
  }
  const set = createInstruments(registry);
  return {
    ...stateRecorders(set),
    ...flowRecorders(set),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

type Instruments = ReturnType<typeof createInstruments>;

function createInstruments(registry: Registry) {
  const registers = [registry];
  const gauge = <L extends string = never>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name: `packwatch_${name}`, help, labelNames, registers });
  const counter = <L extends string = never>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name: `packwatch_${name}`, help, labelNames, registers });
  const histogram = <L extends string = never>(
    name: string,
    help: string,
    buckets: number[],
    ...labelNames: L[]
  ): Histogram<L> => new Histogram({ name: `packwatch_${name}`, help, buckets, labelNames, registers });
  return {
    definitions: gauge('definitions', 'Workflow definitions by status.', 'status'),
    problems: gauge('problems', 'Diagnostics of files on disk by code.', 'code'),
    files: gauge('files', 'Files of packs that are known.'),
    passes: counter('passes_total', 'Passes by cause and outcome.', 'cause', 'outcome'),
    passDuration: histogram(
      'pass_duration_seconds',
      'Duration of the stages of a pass.',
      passBuckets,
      'stage',
    ),
    saveToLive: histogram(
      'save_to_live_seconds',
      'From the first event of a change to its commit.',
      saveBuckets,
    ),
    filesParsed: counter('files_parsed_total', 'Files parsed, cached ones apart.'),
    cacheLookups: counter('parse_cache_lookups_total', 'Look-ups in the parse cache.', 'result'),
    rowsWritten: counter('rows_written_total', 'Rows written by verb.', 'verb'),
    watchEvents: counter('watch_events_total', 'Events of the watcher.'),
    watchEventsMissed: counter(
      'watch_events_missed_total',
      'Changes found by a rescan that no event announced.',
    ),
    watchMode: gauge('watch_mode', 'Mode each root is watched in: 1 for the one in use.', 'root', 'mode'),
    heldRemovals: gauge('held_removals', 'Removals that wait for a person.'),
    lastSuccess: gauge(
      'last_success_timestamp_seconds',
      'Unix time of the last pass that left registry and disk equal.',
    ),
    lastScan: gauge('last_scan_timestamp_seconds', 'Unix time of the last pass over whole roots.'),
    pendingPaths: gauge('pending_paths', 'Changed paths that wait for a pass.'),
    leader: gauge('leader', '1 where this process is the writer of a source.', 'source'),
    dbErrors: counter('db_errors_total', 'Errors of the database by kind.', 'kind'),
    httpDuration: histogram(
      'http_request_duration_seconds',
      'Duration of HTTP requests.',
      httpBuckets,
      'route',
      'method',
      'status',
    ),
  };
}

type StateRecorder =
  | 'setDefinitions'
  | 'setProblems'
  | 'setFiles'
  | 'setWatchMode'
  | 'setHeldRemovals'
  | 'setLastSuccess'
  | 'setLastScan'
  | 'setPendingPaths'
  | 'setLeader';

function stateRecorders(set: Instruments): Pick<Metrics, StateRecorder> {
  return {
    setDefinitions: (counts) => {
      for (const status of statuses) set.definitions.set({ status }, counts[status] ?? 0);
    },
    setProblems: (counts) => {
      set.problems.reset();
      let codes = 0;
      for (const [code, count] of counts) {
        if (codePattern.test(code) && ++codes <= maxCodes) set.problems.set({ code }, count);
        else set.problems.inc({ code: 'other' }, count);
      }
    },
    setFiles: (count) => set.files.set(count),
    setWatchMode: (root, mode) => {
      for (const one of watchModes) set.watchMode.set({ root, mode: one }, one === mode ? 1 : 0);
    },
    setHeldRemovals: (count) => set.heldRemovals.set(count),
    setLastSuccess: (timestampS) => set.lastSuccess.set(timestampS),
    setLastScan: (timestampS) => set.lastScan.set(timestampS),
    setPendingPaths: (count) => set.pendingPaths.set(count),
    setLeader: (source, isLeader) => set.leader.set({ source }, isLeader ? 1 : 0),
  };
}

function flowRecorders(set: Instruments): Omit<Metrics, StateRecorder | 'text'> {
  return {
    passFinished: (cause, outcome, stagesS) => {
      set.passes.inc({ cause, outcome });
      for (const [stage, seconds] of Object.entries(stagesS)) set.passDuration.observe({ stage }, seconds);
    },
    savedToLive: (seconds) => set.saveToLive.observe(seconds),
    filesParsed: (count) => set.filesParsed.inc(count),
    cacheLookup: (result, count = 1) => set.cacheLookups.inc({ result }, count),
    rowsWritten: (verb, count) => set.rowsWritten.inc({ verb }, count),
    watchEvent: (count = 1) => set.watchEvents.inc(count),
    watchEventsMissed: (count) => set.watchEventsMissed.inc(count),
    databaseError: (kind) => set.dbErrors.inc({ kind }),
    httpRequest: ({ route, method, status }, seconds) =>
      set.httpDuration.observe({ route, method, status: String(status) }, seconds),
  };
}
