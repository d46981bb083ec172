// What the catalogue of codes says about one code; for `explain`, the docs and SARIF rules.
import type { Severity } from '../model/diagnostic.ts';

export type CatalogueEntry = {
  /** What a finding of this code usually is; some codes have findings of both kinds. */
  readonly severity: Severity;
  /** A few words, without a full stop. */
  readonly title: string;
  readonly meaning: string;
  /** Files of a pack or a command that yield it, as `diagnostics-example.ts` writes them; in words where nothing can. */
  readonly example: string;
  readonly fix: string;
};
