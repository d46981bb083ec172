// A scan that a person or a program asks for, and what became of each file.
import type { Diagnostic } from './diagnostic.ts';
import type { FileState } from './state.ts';

export type ScanQuestion =
  /** Undefined: every root of the daemon. */
  | { readonly about: 'source'; readonly source: string | undefined }
  | { readonly about: 'pack'; readonly ref: string };

/** `kept`: its ref, where it has one, is served as it was before. */
export type ScanOutcome = 'registered' | 'updated' | 'moved' | 'unchanged' | 'kept' | 'conflict' | 'ignored';

export type ScannedFile = {
  readonly source: string;
  /** Relative to the root. */
  readonly path: string;
  readonly ref: string | null;
  readonly result: ScanOutcome;
  readonly state: FileState;
  /** Some revision of its ref is served. */
  readonly served: boolean;
  readonly diagnostics: readonly Diagnostic[];
};

export type ScanAnswer = {
  /** Every one that failed or changed, then the others, each by source and path. */
  readonly files: readonly ScannedFile[];
  /** Unchanged files that are left out. */
  readonly omitted: number;
  /** Sources that could not be looked at. */
  readonly unscanned: readonly { readonly source: string; readonly reason: string }[];
};

export type ScanRefusal =
  | { readonly reason: 'unknown_source' | 'unknown_pack' | 'not_on_disk' }
  /** The pack's root could not be looked at. */
  | { readonly reason: 'unscanned'; readonly why: string }
  /** The client has gone, or the daemon stops. */
  | { readonly reason: 'aborted' };

export type ScanResult =
  | { readonly outcome: 'scanned'; readonly answer: ScanAnswer }
  | ({ readonly outcome: 'refused' } & ScanRefusal);

/** Throw `AppError` when the database cannot be asked. */
export type Scans = {
  /** A pass that began after the call is over when it answers, whichever daemon leads. */
  scan(question: ScanQuestion, signal: AbortSignal): Promise<ScanResult>;
  /** What such a pass over a pack would do, by the disk of this daemon; nothing is written. */
  validate(ref: string, signal: AbortSignal): Promise<ScanResult>;
};
