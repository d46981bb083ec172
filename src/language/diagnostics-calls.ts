// Catalogue of CALL_*: what a task calls, beside what there is to call. Computed when asked, never stored with a file.
import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { CatalogueEntry } from './diagnostics-entry.ts';
import { file, tasks } from './diagnostics-example.ts';

type CallCode = Extract<DiagnosticCode, `CALL_${string}`>;

const scope =
  'Only packs that are looked at together are judged: `check` knows those of the roots and packs it is given, and of a single file its own. It is a warning also where warnings count as errors, and never makes a file invalid: what another pack holds may change without this file.';

/** A task beside the action that it calls, or means to. */
const both = (task: string): string =>
  [
    tasks(task),
    file(
      'actions/start.yaml',
      'ref: shop.start',
      'runner_type: shell',
      'entry_point: start.sh',
      'parameters:',
      '  service: { type: string, required: true }',
      '  replicas: { type: integer }',
    ),
  ].join('\n\n');

export const callEntries: Readonly<Record<CallCode, CatalogueEntry>> = {
  CALL_UNKNOWN_ACTION: {
    severity: 'warning',
    title: 'Call of an unknown action',
    meaning: `The pack that the ref names has no such action or workflow. ${scope}`,
    example: both('- { name: start, action: shop.strat, input: { service: cart } }'),
    fix: 'Correct the ref, or add the action.',
  },
  CALL_MISSING_PARAMETER: {
    severity: 'warning',
    title: 'Call without a required parameter',
    meaning: `The action or workflow requires a parameter, has no default for it, and \`input\` does not give it. ${scope}`,
    example: both('- { name: start, action: shop.start }'),
    fix: 'Add it to `input`, or give it a default where it is declared.',
  },
  CALL_UNKNOWN_PARAMETER: {
    severity: 'warning',
    title: 'Call with an unknown parameter',
    meaning: `The action or workflow declares parameters, and none of this name. ${scope}`,
    example: both('- { name: start, action: shop.start, input: { service: cart, replcias: 2 } }'),
    fix: 'Correct the name, or declare the parameter.',
  },
};
