// What the HTTP server is given: the read side of the registry, the state of the daemon, the metrics and the log.
import type { CallFacts } from '../model/calls.ts';
import type { CatalogQueries } from '../model/catalog.ts';
import type { Activity, ChangeFeed } from '../model/change-feed.ts';
import type { Decisions } from '../model/decisions.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import type { ExplainQuestion, Explanation } from '../model/explain.ts';
import type { Logger } from '../model/logger.ts';
import type { JsonObject } from '../model/pack.ts';
import type { Reads } from '../model/reads.ts';
import type { Scans } from '../model/scan.ts';
import type { Token } from '../model/token.ts';
import type { Wait } from '../model/wait.ts';
import type { Writes } from '../model/writes.ts';

export type Readiness = {
  readonly ready: boolean;
  readonly role: Readonly<Record<string, 'leader' | 'standby'>>;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
};

/** What the daemon knows of itself. None of it waits for anything. */
export type StatusSource = {
  /** The loop turns and the last scan is young enough. */
  live(): boolean;
  ready(): Readiness;
  /** The `data` of `/status`. */
  snapshot(): JsonObject;
};

export type HttpMetrics = {
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** `route` is a pattern or `unmatched`, `method` one of a closed set. */
  httpRequest(
    labels: { readonly route: string; readonly method: string; readonly status: number },
    seconds: number,
  ): void;
};

export type HttpOptions = {
  /** Address or name to listen on, without brackets. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** True when only this machine can connect to `host`; without it tokens are required. */
  readonly isLoopback: boolean;
  /** Host headers answered, lower case; one without a port stands for every port. */
  readonly allowedHosts: readonly string[];
  /** Those that are good now, asked at each request. Undefined: no token is asked for. */
  readonly tokens: (() => readonly Token[]) | undefined;
  readonly queries: CatalogQueries;
  /** Undefined: all of them are asked in one place. */
  readonly reads?: Reads;
  /** Undefined: nothing can be decided over this listener. */
  readonly decisions?: Decisions;
  /** Undefined: nothing can be followed over this listener. */
  readonly changes?: { readonly feed: ChangeFeed; readonly activity: Activity };
  /** Undefined: no definition is taken over this listener. */
  readonly writes?: Writes;
  /** Bytes of a definition's text at most. @default 1 MiB */
  readonly maxDefinitionBytes?: number;
  /** Undefined: nothing is explained over this listener. */
  readonly explain?: (question: ExplainQuestion) => Promise<Explanation>;
  /** Undefined: nobody can wait over this listener. */
  readonly wait?: Wait;
  /** Undefined: nobody can ask for a pass over this listener. */
  readonly scans?: Scans;
  /** What is wrong with the calls of a registered workflow; undefined: nothing is said of calls. */
  readonly judgeCalls?: (facts: CallFacts) => readonly Diagnostic[];
  /** A decision about this source was written down, and a pass has to see to it. */
  readonly onDecision?: (source: string) => void;
  /** Sources of the daemon's own roots. @default none */
  readonly configured?: readonly string[];
  /** Of the program, for the API's document. @default 0.0.0 */
  readonly version?: string;
  /** Schemas of an author's files by their names in the API's document. @default none */
  readonly definitionSchemas?: Readonly<Record<string, JsonObject>>;
  readonly status: StatusSource;
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
  /** Monotonic, ms. @default that of the process */
  readonly nowMs?: () => number;
  /** How long `close` lets requests finish, ms. @default 5000 */
  readonly drainMs?: number;
};
