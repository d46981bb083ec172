// What people and settings say about a plan, beside what the files say.
import type { Ref } from '../model/pack.ts';

export type PlanRules = {
  /** Refs that are not retired though their file is gone: their removal waits for a person, or was refused by one. */
  readonly spared: ReadonlyMap<Ref, 'held' | 'rejected'>;
  /** The batch by which a person agreed to a ref's removal. */
  readonly approved: ReadonlyMap<Ref, string>;
  /** `report`: a row changed by hand is left as it is until its file changes. */
  readonly drift: 'heal' | 'report';
  /** `end`: what is written now ends a pin, even when it says what the pin was set over. @default hold */
  readonly pins?: 'hold' | 'end';
};

/** Nothing was decided by anybody. */
export const noRules: PlanRules = { spared: new Map(), approved: new Map(), drift: 'heal' };
