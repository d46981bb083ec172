// The API's ports, made of the daemon's parts: what the listener is given, and nothing that runs by itself.
import { isLoopback } from '../config/values.ts';
import type { Config } from '../config.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { printedSchema } from '../language/schema/printed.ts';
import type { Activity, ChangeFeed } from '../model/change-feed.ts';
import type { Logger } from '../model/logger.ts';
import type { SourceName } from '../model/pack.ts';
import type { Scans } from '../model/scan.ts';
import type { Token } from '../model/token.ts';
import type { Wait } from '../model/wait.ts';
import type { Writes } from '../model/writes.ts';
import { judgeRegistered } from '../registry/called.ts';
import { type Catalog, createCatalog } from '../store/catalog.ts';
import type { Database } from '../store/connect.ts';
import { createDecisions } from '../store/decisions.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createExplainer } from './explain.ts';
import type { ReplicaReads } from './reads.ts';
import type { DaemonStatus } from './status.ts';

export type HttpParts = {
  readonly config: Config;
  readonly database: Database;
  readonly catalog: Catalog;
  readonly feed: ChangeFeed;
  /** Where a replica may answer reads. */
  readonly reads: ReplicaReads | undefined;
  readonly activity: Activity;
  readonly status: DaemonStatus;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly writes: Writes;
  /** Of the daemon's own roots. */
  readonly sources: readonly SourceName[];
  readonly wait: Wait;
  readonly scans: Scans;
  readonly drainMs: number;
  /** Of the program. */
  readonly version: string;
  /** Those that are good now. */
  tokens(): readonly Token[];
  /** A decision about this source was written down. */
  onDecision(source: string): void;
};

/** Undefined where the settings want no listener. Opens nothing yet. */
export function createHttp(parts: HttpParts): HttpServer | undefined {
  const { config, database, catalog, reads, activity, status, metrics, logger, sources, drainMs } = parts;
  if (config.http === undefined) return undefined;
  return createHttpServer({
    host: config.http.host,
    port: config.http.port,
    isLoopback: isLoopback(config.http.host),
    allowedHosts: config.allowedHosts,
    tokens: config.tokens && parts.tokens,
    queries: reads ? createCatalog(reads.database, { inPlaces: true }) : catalog,
    ...(reads ? { reads } : {}),
    decisions: createDecisions(database),
    writes: parts.writes,
    maxDefinitionBytes: config.maxFileBytes,
    explain: createExplainer(catalog, status),
    judgeCalls: judgeRegistered,
    onDecision: parts.onDecision,
    changes: { feed: reads ? reads.follow(parts.feed) : parts.feed, activity },
    wait: parts.wait,
    scans: parts.scans,
    configured: sources,
    version: parts.version,
    definitionSchemas: {
      WorkflowFile: printedSchema('workflow'),
      ActionFile: printedSchema('action'),
      PackFile: printedSchema('pack'),
    },
    status,
    metrics,
    logger,
    drainMs,
  });
}
