// Where a task leads, read before normalising so that each target keeps its own place in the document.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { isMap, listOf, type RawMap, stringOf } from '../raw.ts';
import { alwaysHolds } from './condition.ts';

/** Legacy keys that name one task each, in the order they are normalised. */
export const legacyTargets = ['on_success', 'on_failure', 'on_complete', 'on_timeout'] as const;

export type Edge = {
  readonly to: string;
  readonly at: DocumentPath;
  /** The condition it is taken under; undefined: whatever happens. */
  readonly when: unknown;
  /** Where that condition is written; undefined where a key says it. */
  readonly whenAt: DocumentPath | undefined;
};

/** True when the legacy keys of a task are discarded because it has transitions in `next`. */
export function hasNext(task: RawMap): boolean {
  return listOf(task['next']).length > 0;
}

/** The targets that count: those of `next`, or without any the legacy ones. */
export function edgesOf(task: RawMap, at: DocumentPath): Edge[] {
  return hasNext(task) ? nextEdges(task, at) : legacyEdges(task, at);
}

function nextEdges(task: RawMap, at: DocumentPath): Edge[] {
  const edges: Edge[] = [];
  for (const [index, transition] of listOf(task['next']).entries()) {
    if (!isMap(transition)) continue;
    const { when } = transition;
    const whenAt = [...at, 'next', index, 'when'];
    for (const [position, to] of listOf(transition['do']).entries()) {
      if (typeof to === 'string')
        edges.push({ to, at: [...at, 'next', index, 'do', position], when, whenAt });
    }
  }
  return edges;
}

/** What the legacy keys stand for. */
const legacyWhen: Readonly<Record<(typeof legacyTargets)[number], string | undefined>> = {
  on_success: '{{ succeeded() }}',
  on_failure: '{{ failed() }}',
  on_complete: undefined,
  on_timeout: '{{ timed_out() }}',
};

function legacyEdges(task: RawMap, at: DocumentPath): Edge[] {
  const edges: Edge[] = [];
  for (const key of legacyTargets) {
    const to = task[key];
    if (typeof to === 'string') {
      edges.push({ to, at: [...at, key], when: legacyWhen[key], whenAt: undefined });
    }
  }
  for (const [index, branch] of listOf(task['decision']).entries()) {
    const to = isMap(branch) ? stringOf(branch['next']) : undefined;
    if (!isMap(branch) || to === undefined) continue;
    const path = [...at, 'decision', index];
    edges.push({ to, at: [...path, 'next'], when: branch['when'], whenAt: [...path, 'when'] });
  }
  return edges;
}

/** Targets that follow however the task ends: those of transitions whose condition always holds, or that have none. */
export function certainTargets(task: RawMap): readonly string[] {
  const targets = hasNext(task)
    ? listOf(task['next']).flatMap((step) => (isCertain(step) ? listOf(step['do']) : []))
    : [task['on_complete'], ...listOf(task['decision']).map((branch) => isDefault(branch) && branch['next'])];
  return targets.filter((target) => typeof target === 'string');
}

function isCertain(step: unknown): step is RawMap {
  return isMap(step) && alwaysHolds(step['when']);
}

/** A branch with neither a condition nor `default` is a mistake of another kind. */
function isDefault(branch: unknown): branch is RawMap {
  return isCertain(branch) && branch['default'] === true;
}

/** False when the transitions of a task have a wrong shape, so that where it leads cannot be told. */
export function hasReadableEdges(task: RawMap): boolean {
  const { next, decision } = task;
  if (next !== undefined && !Array.isArray(next)) return false;
  if (decision !== undefined && !Array.isArray(decision)) return false;
  if (legacyTargets.some((key) => task[key] !== undefined && typeof task[key] !== 'string')) return false;
  return listOf(next).every((step) => isMap(step) && isStringList(step['do']));
}

function isStringList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}
