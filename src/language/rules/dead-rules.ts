// Conditions that can never hold, where a task is reached through nothing else.
import { atValue } from '../problem.ts';
import { isMap, listOf } from '../raw.ts';
import { neverHolds, readCondition } from './condition.ts';
import { type Edge, hasReadableEdges } from './edges.ts';
import { type ListRule, warningAt } from './rule.ts';
import { entriesOf, reachedFrom, type Vertex, verticesOf } from './vertices.ts';

/** Hardly any condition can be a contradiction by its words: the rest need not be parsed. */
function mayBeDead(when: string): boolean {
  if (/\b(?:false|null|not|0)\b/.test(when)) return true;
  if (!when.includes('and')) return false;
  return (when.match(/\b(?:succeeded|failed|timed_out)\b|==/g) ?? []).length > 1;
}

export const deadConditions: ListRule = {
  code: 'RULE_TASK_UNREACHABLE',
  run: (siblings, report) => {
    if (!siblings.tasks.some(isSuspect)) return;
    if (!siblings.tasks.every((task) => isMap(task) && hasReadableEdges(task))) return;
    const vertices = verticesOf(siblings);
    const dead = deadEdges(vertices);
    if (dead.size === 0) return;
    const entries = entriesOf(vertices);
    const reached = reachedFrom(entries, vertices, (edge) => !dead.has(edge));
    // Only where the way breaks off: what lies behind it follows.
    for (const { name, edges } of vertices) {
      if (!reached.has(name)) continue;
      const lost = new Map<string, Edge[]>();
      for (const edge of edges) {
        if (!dead.has(edge) || reached.has(edge.to)) continue;
        const key = String(edge.whenAt);
        lost.set(key, [...(lost.get(key) ?? []), edge]);
      }
      for (const group of lost.values()) {
        const [{ whenAt = [] } = {}] = group;
        const names = [...new Set(group.map(({ to }) => `\`${to}\``))];
        const tasks = names.length === 1 ? `the task ${names[0]} is` : `the tasks ${names.join(', ')} are`;
        const message = `this condition never holds, so ${tasks} never reached`;
        const help = 'correct it, or remove the transition and what it alone leads to';
        report(warningAt('RULE_TASK_UNREACHABLE', atValue(whenAt), message, help));
      }
    }
  },
};

function isSuspect(task: unknown): boolean {
  if (!isMap(task)) return false;
  const isDead = (step: unknown) =>
    isMap(step) && typeof step['when'] === 'string' && mayBeDead(step['when']);
  return listOf(task['next']).some(isDead) || listOf(task['decision']).some(isDead);
}

function deadEdges(vertices: readonly Vertex[]): ReadonlySet<Edge> {
  const verdicts = new Map<string, boolean>();
  const dead = new Set<Edge>();
  for (const { edges } of vertices) {
    for (const edge of edges) {
      const { when, whenAt } = edge;
      if (whenAt === undefined || typeof when !== 'string' || !mayBeDead(when)) continue;
      const verdict = verdicts.get(when) ?? neverHolds(readCondition(when));
      verdicts.set(when, verdict);
      if (verdict) dead.add(edge);
    }
  }
  return dead;
}
