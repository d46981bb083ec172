import type { Sql } from 'postgres';
import type { runGuarded } from '../../src/embedded/guardian.ts';
import type { preparePlace } from '../../src/embedded/place.ts';

export type Member = {
  readonly name: string;
  readonly port: number;
  /** Of this server alone. */
  readonly url: string;
  /** The caller ends it. Names without a schema are those of `packwatch`. */
  connect(options?: object): Sql;
  /** On a connection of its own. */
  query<Row extends object = Record<string, unknown>>(
    statement: string,
    parameters?: readonly (string | number | boolean | null)[],
  ): Promise<readonly Row[]>;
  isRunning(): boolean;
  start(): Promise<void>;
  /** `kill`: every process of it, at once. Resolves when it is gone. */
  stop(how: 'kill' | 'fast'): Promise<void>;
};

export type Pair = {
  /** Both hosts, always in the same order. */
  readonly url: string;
  primary(): Member;
  standby(): Member;
  /** Commits wait for the standby. @default false */
  setSynchronous(wanted: boolean): Promise<void>;
  /** Nothing reaches the standby any more; what is committed from now on is lost by `failOver('kill')`. */
  holdBack(): Promise<void>;
  /** The primary is stopped, then the standby promoted; the one that was stopped stays away. */
  failOver(how?: 'kill' | 'fast'): Promise<void>;
  /** The standby is promoted while the primary goes on: both take writes. */
  promoteBeside(): Promise<void>;
  /** Makes the other one, which is not running, a standby of the primary anew. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
};

/** Makes both in `dir`, which everybody may enter, and waits until the one streams from the other. */
export function createPair(
  dir: string,
  program: { readonly runGuarded: typeof runGuarded; readonly preparePlace: typeof preparePlace },
): Promise<Pair>;
