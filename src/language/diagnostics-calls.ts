// Catalogue of CALL_*: what a task calls, beside what there is to call. Computed when asked, never stored with a file.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';

type CallCode = Extract<DiagnosticCode, `CALL_${string}`>;

const scope =
  'Only packs that are looked at together are judged: `check` knows those of the roots and packs it is given, and of a single file its own. It is a warning also where warnings count as errors, and never makes a file invalid: what another pack holds may change without this file.';

export const callEntries: Readonly<Record<CallCode, CatalogueEntry>> = {
  CALL_UNKNOWN_ACTION: {
    severity: 'warning',
    title: 'Call of an unknown action',
    meaning: `The pack that the ref names has no such action or workflow. ${scope}`,
    example: 'action: release.deplyo',
    fix: 'Correct the ref, or add the action.',
  },
  CALL_MISSING_PARAMETER: {
    severity: 'warning',
    title: 'Call without a required parameter',
    meaning: `The action or workflow requires a parameter, has no default for it, and \`input\` does not give it. ${scope}`,
    example: '- { name: deploy, action: release.deploy, input: {} }',
    fix: 'Add it to `input`, or give it a default where it is declared.',
  },
  CALL_UNKNOWN_PARAMETER: {
    severity: 'warning',
    title: 'Call with an unknown parameter',
    meaning: `The action or workflow declares parameters, and none of this name. ${scope}`,
    example: 'action: release.deploy\ninput: { serivce: shop }',
    fix: 'Correct the name, or declare the parameter.',
  },
};
