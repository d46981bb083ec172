// What a registered workflow calls, and what the packs that it calls into offer: for judging the calls.
import type { Json, JsonObject } from './pack.ts';

export type Offer = {
  readonly ref: string;
  /** Null where it takes none, is not called, or is not known. */
  readonly param_schema: Json;
  /** False for a ref that a file claims which is no good: nothing more is known of it. */
  readonly registered: boolean;
};

/** All of one snapshot. */
export type CallFacts = {
  readonly ref: string;
  readonly source_path: string | null;
  readonly definition: JsonObject;
  readonly source_text: string;
  /** Packs that it calls into and that are registered. */
  readonly packs: readonly { readonly ref: string; readonly offers: readonly Offer[] }[];
};
