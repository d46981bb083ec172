// Where the canonical form of a workflow was written: transitions and variables → their places in the document.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { isMap, listOf, type RawMap, stringOf } from '../raw.ts';
import { hasNext, legacyTargets } from '../rules/edges.ts';

export type TransitionOrigin = {
  /** The condition, or the old key that stands for one. */
  readonly when: DocumentPath;
  readonly publish: DocumentPath;
};

/** The places of a task's canonical transitions, one for one. `task` is the value as written, at `at`. */
export function transitionOrigins(task: RawMap, at: DocumentPath): readonly TransitionOrigin[] {
  if (hasNext(task)) {
    return listOf(task['next']).map((_, index) => ({
      when: [...at, 'next', index, 'when'],
      publish: [...at, 'next', index, 'publish'],
    }));
  }
  const publish = [...at, 'publish'];
  const keys = legacyTargets.filter((key) => typeof task[key] === 'string');
  const branches = listOf(task['decision']).flatMap((branch, index) =>
    isMap(branch) && stringOf(branch['next']) !== undefined
      ? [{ when: [...at, 'decision', index, 'when'], publish }]
      : [],
  );
  const origins = [...keys.map((key) => ({ when: [...at, key], publish })), ...branches];
  return origins.length === 0 && listOf(task['publish']).length > 0 ? [{ when: publish, publish }] : origins;
}

/** The place of a variable's value: `vars` may be a map, or a list of maps of which the last counts. */
export function varOrigin(vars: unknown, name: string): DocumentPath {
  if (!Array.isArray(vars)) return ['vars', name];
  const index = vars.findLastIndex((entry) => isMap(entry) && Object.hasOwn(entry, name));
  return ['vars', index, name];
}
