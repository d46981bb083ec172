// What people decide about what is served: overlays, pins, held removals, sources that are given up. The port that writes it down.

import type { SourceName } from './pack.ts';
import type { Tag } from './tag.ts';

/** What an operator lays over a definition; the words are verbs of `catalog_change`. */
export type OverlayVerb = 'enabled' | 'disabled' | 'protected' | 'unprotected';

export type BatchVerdict = 'approved' | 'rejected';

/** `open`: waits for a person; `expired`: the files came back, or the set of refs became another batch. */
export type BatchState = 'open' | BatchVerdict | 'expired';

/** It is written down, and the writer of the source has to look. */
export type Done = { readonly outcome: 'done'; readonly source: SourceName };

/** No row of the ref, or only a retired one: `CatalogQueries.getWorkflow` says more about it. */
export type NoDefinition = { readonly outcome: 'refused'; readonly reason: 'missing' | 'retired' };

/** The definition has none of the tags it was to have: somebody or something changed it meanwhile. */
export type Stale = { readonly outcome: 'refused'; readonly reason: 'stale' };

/** `changed` is false when it was so already. */
export type OverlayResult = (Done & { readonly changed: boolean }) | NoDefinition | Stale;

export type RollBackResult =
  | Done
  | NoDefinition
  | Stale
  | { readonly outcome: 'refused'; readonly reason: 'revision_missing' | 'already_served' };

export type UnpinResult =
  | Done
  | NoDefinition
  | Stale
  | { readonly outcome: 'refused'; readonly reason: 'not_pinned' };

export type DecideResult =
  | Done
  | { readonly outcome: 'refused'; readonly reason: 'missing' }
  | { readonly outcome: 'refused'; readonly reason: 'not_open'; readonly state: BatchState };

export type ForgetResult =
  | { readonly outcome: 'done'; readonly retired: number }
  | { readonly outcome: 'refused'; readonly reason: 'missing' }
  /** `leader` as `nameHolder` says it. */
  | { readonly outcome: 'refused'; readonly reason: 'still_led'; readonly leader: string }
  /** `count`: how many there are. */
  | { readonly outcome: 'refused'; readonly reason: 'confirm_differs'; readonly count: number };

/**
 * The writes of people. Each is one transaction that tells itself in `catalog_change` where a ref is concerned. A refusal is an
 * answer; what throws is `AppError('database_unreachable')`. Refs, ids and names may be any string. Where tags are given, nothing is
 * done unless the definition has one of them at that moment.
 */
export type Decisions = {
  setOverlay(ref: string, verb: OverlayVerb, tags?: readonly Tag[]): Promise<OverlayResult>;
  /** Serves revision `number` (a whole number from 1) and pins it. */
  rollBack(ref: string, number: number, tags?: readonly Tag[]): Promise<RollBackResult>;
  unpin(ref: string, tags?: readonly Tag[]): Promise<UnpinResult>;
  decideBatch(batch: string, verdict: BatchVerdict): Promise<DecideResult>;
  /** Retires what a source left behind, if nobody leads it and `confirm` is how many refs that are. */
  forgetSource(source: string, confirm: number): Promise<ForgetResult>;
};

/** The holder of a lease as people are told it: host and process, without what only tells one start from another. */
export function nameHolder(holder: string): string {
  const [host, , , pid, start] = holder.split(' ');
  return start === undefined ? holder : `${host}, process ${pid}`;
}
