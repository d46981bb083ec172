// A barrier as it is asked for over the API, and what comes of it.
import type { Diagnostic } from './diagnostic.ts';
import type { ExplainQuestion } from './explain.ts';
import type { FileState } from './state.ts';

export type WaitQuestion = {
  readonly about: ExplainQuestion;
  /** SHA-256 in hex of the bytes that are meant; `absent`: no file is; undefined: whatever lies on disk. */
  readonly digest: string | undefined;
  readonly timeoutMs: number;
};

export type WaitState = 'live' | 'rejected' | 'timeout';

/** What the daemon that looks at the root last saw there. */
export type SeenFile = {
  /** Null when the bytes could not be read. */
  readonly digest: string | null;
  readonly state: FileState;
  /** ISO 8601 in UTC. */
  readonly since: string;
};

export type WaitAnswer = {
  readonly state: WaitState;
  readonly source: string;
  readonly path: string | null;
  /** Null: none can be told. */
  readonly ref: string | null;
  /** Of what is served, where it is live. */
  readonly revision?: string;
  readonly number?: number;
  /** One sentence without a full stop: why it is not live, or is and executors do not get it. */
  readonly reason?: string;
  /** Null: there is no file. */
  readonly on_disk: SeenFile | null;
  readonly diagnostics: readonly Diagnostic[];
};

export type WaitRefusal =
  | 'unknown_source'
  | 'unknown_ref'
  /** The client has gone, or the daemon stops. */
  | 'aborted';

export type WaitResult =
  | { readonly outcome: 'answered'; readonly answer: WaitAnswer }
  | { readonly outcome: 'refused'; readonly reason: WaitRefusal };

/** Ends early when the signal aborts. Throws `AppError` when the database cannot be asked. */
export type Wait = (question: WaitQuestion, signal: AbortSignal) => Promise<WaitResult>;
