// A graph without parameters of its own → those that its expressions name: the action that links it has to declare them.
import { maxDiagnosticsPerFile } from '../../model/diagnostic.ts';
import { checkTemplate } from '../expression/check-template.ts';
import type { Names } from '../expression/names.ts';
import { type Place, within } from '../problem.ts';
import type { RawMap } from '../raw.ts';
import { visitTemplates } from './template-rules.ts';

/** No more findings of a file are kept. */
const maxUses = maxDiagnosticsPerFile;

/** No parameter is known, so that each is told; of all else nothing is. */
const names: Names = { parameters: new Set(), vars: undefined, tasks: undefined };

/** Every use of a parameter by its name, the first hundred; none where the file declares `parameters` itself. */
export function parameterUses(root: RawMap): readonly { readonly name: string; readonly place: Place }[] {
  const uses: { readonly name: string; readonly place: Place }[] = [];
  if (root['parameters'] !== undefined) return uses;
  visitTemplates(root, (text, path, purpose, setting) => {
    if (uses.length >= maxUses || !text.includes('parameters')) return;
    const at = [...path];
    for (const { code, member, ...span } of checkTemplate(text, purpose, names, setting)) {
      if (code !== 'EXPR_UNKNOWN_PARAMETER' || member === undefined || uses.length >= maxUses) continue;
      uses.push({ name: member, place: within(at, span) });
    }
  });
  return uses;
}
