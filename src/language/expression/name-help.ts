// Advice about a name that is not known: the spelling that was most likely meant.
import { functionNames } from './functions.ts';
import type { Names } from './names.ts';
import { namespaceNames } from './scope.ts';
import { nearest, shorten } from './text.ts';

/** Names that are looked at for a `-`: this runs for each finding, and a file may declare thousands. */
const maxLooked = 200;
/** Names that are listed where none is near. */
const maxListed = 8;

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** How a member is written: `task.fetch`, `task['fetch-all']`. */
export function written(namespace: string, name: string): string {
  if (identifier.test(name)) return `${namespace}.${name}`;
  return /['\\\n]/.test(name) ? `${namespace}[${JSON.stringify(name)}]` : `${namespace}['${name}']`;
}

/** The longest known name with a `-` that stands in the text at `start`, where the language sees a subtraction. */
export function writtenMember(text: string, start: number, known: ReadonlySet<string>): string | undefined {
  let longest: string | undefined;
  let looked = 0;
  for (const name of known) {
    looked += 1;
    if (looked > maxLooked) break;
    if (!name.includes('-') || name.length <= (longest?.length ?? 0)) continue;
    if (text.startsWith(name, start)) longest = name;
  }
  return longest;
}

export type Member = { readonly namespace: string; readonly name: string };

/** The same for a bare name, which may have been meant as a variable, a parameter or a task. */
export function writtenName(text: string, start: number, names: Names): Member | undefined {
  const candidates = [
    ['workflow', names.vars],
    ['parameters', names.parameters],
    ['task', names.tasks],
  ] as const;
  for (const [namespace, known] of candidates) {
    const name = known && writtenMember(text, start, known);
    if (name !== undefined) return { namespace, name };
  }
  return undefined;
}

/** What other languages call a name of this one, where no slip of the finger leads there. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['params', 'parameters'],
  ['inputs', 'parameters'],
  ['steps', 'task'],
  ['secrets', 'keystore'],
  ['None', 'null'],
  ['nil', 'null'],
]);

const didYouMean = (spelling: string): string => `did you mean \`${spelling}\`?`;

/** Advice about a member of a namespace. Takes its time: asked only for what is shown. */
export function memberHelp(
  namespace: string,
  name: string,
  meant: string | undefined,
  known: ReadonlySet<string>,
): () => string | undefined {
  return () => {
    const near = meant ?? nearest(name, known);
    if (near !== undefined) return didYouMean(written(namespace, near));
    if (known.size === 0) return undefined;
    const listed = [...known].slice(0, maxListed).map(shorten).join(', ');
    return `there are: ${listed}${known.size > maxListed ? ', …' : ''}`;
  };
}

/** Advice about a bare name. */
export function nameHelp(name: string, meant: Member | undefined, names: Names): () => string | undefined {
  return () => {
    const { parameters, vars, tasks } = names;
    if (meant !== undefined) return didYouMean(written(meant.namespace, meant.name));
    if (parameters?.has(name)) return didYouMean(written('parameters', name));
    if (tasks?.has(name)) return didYouMean(`${written('task', name)}.result`);
    if (functionNames.includes(name)) return didYouMean(`${name}()`);
    const near =
      elsewhere.get(name) ??
      nearest(name, [...namespaceNames, 'true', 'false', 'null', 'not', 'and', 'or', ...(vars ?? [])]);
    if (near !== undefined) return didYouMean(near);
    const parameter = nearest(name, parameters ?? []);
    if (parameter !== undefined) return didYouMean(written('parameters', parameter));
    return 'a text is written in quotes, a parameter as `parameters.NAME`';
  };
}
