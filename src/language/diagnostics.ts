// The one catalogue of codes: what each means, an example and the way out. `explain`, the docs and SARIF rules read it.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import { callEntries } from './diagnostics-calls.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';
import { expressionEntries } from './diagnostics-expressions.ts';
import { identityEntries } from './diagnostics-identity.ts';
import { rulesEntries } from './diagnostics-rules.ts';
import { textEntries } from './diagnostics-text.ts';

/** Every code there is: the type holds the catalogue to the union, in both directions. */
export const catalogue: Readonly<Record<DiagnosticCode, CatalogueEntry>> = {
  ...textEntries,
  ...identityEntries,
  ...rulesEntries,
  ...callEntries,
  ...expressionEntries,
};
