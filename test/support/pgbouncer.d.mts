// Types of pgbouncer.mjs, for tests in TypeScript.
import type { EmbeddedConnection } from '../../src/embedded/start.ts';

/** True where Debian's package is installed. */
export const hasPgbouncer: boolean;

export type Pgbouncer = {
  /** For child processes: `DATABASE_URL`. */
  readonly url: string;
  /** On 127.0.0.1. */
  readonly port: number;
  start(): Promise<void>;
  /** Every client and every server connection is cut. */
  stop(): Promise<void>;
  /** What it logged so far. */
  log(): string;
};

export type PgbouncerOptions = {
  /**
   * Connections to the server. One for all connections of a daemon: whatever kept it for longer than a statement would stop the
   * rest. @default 1
   */
  readonly poolSize?: number;
};

/** Starts it before a server that lets everybody in (`trust`); `atEnd` as for `createSite`. */
export function createPgbouncer(
  atEnd: (act: () => Promise<void>) => void,
  server: EmbeddedConnection,
  options?: PgbouncerOptions,
): Promise<Pgbouncer>;
