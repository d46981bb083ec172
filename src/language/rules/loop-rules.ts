// Loops that nothing ends: once a workflow is in one, it stays until somebody cancels it.
import type { DocumentPath } from '../../model/diagnostic.ts';
import { atValue } from '../problem.ts';
import { isMap, type RawMap } from '../raw.ts';
import { certainTargets, edgesOf, hasReadableEdges } from './edges.ts';
import { type ListRule, type Siblings, warningAt } from './rule.ts';

type Step = {
  readonly name: string;
  readonly at: DocumentPath;
  /** Its place in the list. */
  readonly index: number;
  /** Where the task leads. */
  readonly targets: readonly string[];
  /** Where it leads however it ends; undefined: it may end the workflow, or wait for ever. */
  readonly next: string | undefined;
};

/** Names shown of a loop. */
const maxShown = 5;

export const endlessLoops: ListRule = {
  code: 'RULE_LOOP_ENDLESS',
  run: (siblings, report) => {
    const steps = stepsOf(siblings);
    if (steps === undefined) return;
    for (const loop of loopsOf(steps, endlessOf(steps))) {
      const [first] = loop;
      if (first === undefined) continue;
      const shown = loop.slice(0, maxShown).map(({ name }) => name);
      const words = [...shown, ...(loop.length > maxShown ? ['…'] : []), first.name].join(' → ');
      const message = `the loop ${words} has no end: whatever happens, one task leads to the next`;
      const help = 'give one of its transitions a `when`';
      report(warningAt('RULE_LOOP_ENDLESS', atValue([...first.at, 'name']), message, help));
    }
  },
};

/** The tasks by name, in order; undefined where one cannot be read or shares its name. */
function stepsOf({ tasks, at }: Siblings): ReadonlyMap<string, Step> | undefined {
  const steps = new Map<string, Step>();
  for (const [index, task] of tasks.entries()) {
    if (!isMap(task) || typeof task['name'] !== 'string' || !hasReadableEdges(task)) return undefined;
    const { name } = task;
    if (steps.has(name)) return undefined;
    const path = [...at, index];
    const targets = edgesOf(task, path).map(({ to }) => to);
    const next = mayStop(task) ? undefined : certainTargets(task)[0];
    steps.set(name, { name, at: path, index, targets, next });
  }
  return steps;
}

/** A condition of its own may skip a task, a barrier may keep it waiting. */
function mayStop(task: RawMap): boolean {
  return task['when'] !== undefined || task['join'] !== undefined;
}

/** The tasks from which no way leads to one that may end. */
function endlessOf(steps: ReadonlyMap<string, Step>): ReadonlySet<string> {
  const sources = new Map<string, string[]>();
  const ending = new Set<string>();
  for (const { name, targets, next } of steps.values()) {
    if (next === undefined || !steps.has(next)) ending.add(name);
    for (const target of targets) {
      const known = sources.get(target);
      if (known === undefined) sources.set(target, [name]);
      else known.push(name);
    }
  }
  // A set may grow while it is walked, and each name is then visited once.
  for (const name of ending) for (const source of sources.get(name) ?? []) ending.add(source);
  return new Set([...steps.keys()].filter((name) => !ending.has(name)));
}

/** The loops that certain transitions make among these tasks, each from its first task on. */
function loopsOf(steps: ReadonlyMap<string, Step>, endless: ReadonlySet<string>): Step[][] {
  const loops: Step[][] = [];
  const seen = new Set<string>();
  for (const start of endless) {
    const way = new Map<string, Step>();
    let step = steps.get(start);
    while (step !== undefined && !seen.has(step.name)) {
      seen.add(step.name);
      way.set(step.name, step);
      step = step.next === undefined ? undefined : steps.get(step.next);
    }
    if (step === undefined || !way.has(step.name)) continue;
    const steady = [...way.values()];
    loops.push(fromFirst(steady.slice(steady.indexOf(step))));
  }
  return loops;
}

/** A loop turned so that it begins with the task that stands first in the file. */
function fromFirst(loop: readonly Step[]): Step[] {
  let first = 0;
  for (const [place, { index }] of loop.entries()) if (index < (loop[first]?.index ?? 0)) first = place;
  return [...loop.slice(first), ...loop.slice(0, first)];
}
