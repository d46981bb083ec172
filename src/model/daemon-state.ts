// What a daemon says of itself (contract §6). Keys go over the wire as they are.
import type { Timestamp } from './answers.ts';

/** A watched root as the daemon that answers sees it. */
export type RootState = {
  readonly source: string;
  readonly path: string;
  readonly role: 'leader' | 'standby' | null;
  /** Who leads it when we do not. */
  readonly leader: string | null;
  readonly healthy: boolean;
  readonly reason: string | null;
  /** Why a daemon that stands by does not take over. */
  readonly held_back: string | null;
  readonly watch: string | null;
  readonly held: number;
  readonly unlisted: readonly { readonly pack: string; readonly reason: string }[];
};

/** What a daemon says of itself. */
export type DaemonState = {
  readonly version: string;
  readonly started: Timestamp;
  readonly database: string;
  /** A replica that may answer reads; null: none was named. Absent where an older daemon answers. */
  readonly read_replica?: {
    readonly database: string;
    readonly state: 'used' | 'behind' | 'ahead' | 'unreachable';
    readonly version: number | null;
    readonly behind_ms: number;
    readonly reason: string | null;
  } | null;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly roots: readonly RootState[];
  /** Number of definitions by status. */
  readonly definitions: Readonly<Record<string, number>>;
  readonly files: number;
  readonly catalog_version: number;
  readonly last_pass: {
    readonly at: Timestamp | null;
    readonly cause: string;
    readonly duration_ms: number;
    readonly parsed: number;
    readonly written: number;
    readonly unchanged: number;
    readonly problems: number;
  } | null;
};
