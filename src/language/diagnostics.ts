// The one catalogue of codes: what each means, an example and the way out. `explain`, the docs and SARIF rules read it.
import type { DiagnosticCode, Severity } from '../model/diagnostic.ts';
import { identityEntries } from './diagnostics-identity.ts';
import { rulesEntries } from './diagnostics-rules.ts';
import { textEntries } from './diagnostics-text.ts';

export type CatalogueEntry = {
  /** What a finding of this code usually is; some codes have findings of both kinds. */
  readonly severity: Severity;
  /** A few words, without a full stop. */
  readonly title: string;
  readonly meaning: string;
  /** A short text that yields it, or a situation in words. */
  readonly example: string;
  readonly fix: string;
};

/** Every code there is: the type holds the catalogue to the union, in both directions. */
export const catalogue: Readonly<Record<DiagnosticCode, CatalogueEntry>> = {
  ...textEntries,
  ...identityEntries,
  ...rulesEntries,
};
