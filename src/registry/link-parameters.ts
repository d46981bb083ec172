// A graph beside the actions that link it → parameters it names and they do not declare. Pure.
import { parametersOf } from '../language/rules/known-names.ts';
import { suggest } from '../language/suggest.ts';
import type { Finding } from '../model/diagnostic.ts';
import type { CheckedFile } from '../model/file.ts';
import type { FileFacts } from './facts.ts';

type Declared = { readonly ref: string; readonly path: string; readonly names: ReadonlySet<string> };

/**
 * Findings in the graph, in the order of its text: each action is called by itself, so a name has to be known to all of
 * them. Nothing is said of an action that was not looked into or is no good, nor of one whose schema lets in other names.
 */
export function undeclaredParameters(graph: CheckedFile, actions: readonly FileFacts[]): readonly Finding[] {
  const { parameterUses = [] } = graph;
  if (parameterUses.length === 0) return [];
  const declared = actions.flatMap((action) => declaredBy(action) ?? []);
  declared.sort((a, b) => (a.ref < b.ref ? -1 : 1));
  return parameterUses.flatMap((use) => {
    const lacking = declared.filter(({ names }) => !names.has(use.name));
    if (lacking.length === 0) return [];
    const { name, ...rest } = use;
    return [{ ...wordsFor(name, lacking), ...rest }];
  });
}

function declaredBy({ checked, ref, path, state }: FileFacts): Declared | undefined {
  if (state !== 'valid' || checked?.file?.role !== 'action' || ref === null) return undefined;
  const names = parametersOf(checked.file.parameters ?? {});
  return names && { ref, path, names };
}

/** Actions that are named in a message. */
const maxShown = 3;

function wordsFor(name: string, lacking: readonly Declared[]) {
  const [first] = lacking;
  const refs = lacking.map(({ ref }) => ref);
  const shown = `${refs.slice(0, maxShown).join(', ')}${refs.length > maxShown ? ', …' : ''}`;
  const who = refs.length === 1 ? `the action ${shown} declares` : `the actions ${shown} declare`;
  const shortName = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  const near = name.length > 40 || name.length < 2 ? undefined : suggest(name, first?.names ?? []);
  const help =
    near === undefined
      ? `declare it in ${first?.path}, or correct the name`
      : `did you mean \`parameters.${near}\`?`;
  const message = `${who} no parameter \`${shortName}\`, and this file is the graph behind ${refs.length === 1 ? 'it' : 'them'}`;
  return { code: 'EXPR_UNKNOWN_PARAMETER', message, help } as const;
}
