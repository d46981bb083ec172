// What a dry walk of a workflow finds: what each task would be given, which transitions fire and why. Values only.
import type { Finding } from './diagnostic.ts';
import type { Json } from './pack.ts';

/** What came of a value that may hold templates. Lists and maps are told apart only where something in them has no value. */
export type Rendered =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'list'; readonly items: readonly Rendered[] }
  | { readonly kind: 'map'; readonly entries: readonly RenderedEntry[] }
  | Failed
  /** In a task that is not reached: what only a walk that reaches it would bring. */
  | { readonly kind: 'unknown'; readonly why: string };

export type RenderedEntry = { readonly key: string; readonly value: Rendered };

/** An expression that fails, with its place in the file of the task graph. */
export type Failed = {
  readonly kind: 'failed';
  readonly finding: Finding;
  /** What would have to be given for it, as keys from the root of the parameter file. */
  readonly wants: readonly string[] | undefined;
};

/** How a condition came out, and in words how: `length(result().missing) > 0 → 2 > 0 → true`. */
export type RenderedCondition = { readonly holds: boolean | Failed; readonly why: string };

export type RenderedTransition = {
  readonly fires: boolean | Failed;
  readonly why: string;
  /** A bare condition fails, and counts as text for that. */
  readonly failure: Failed | undefined;
  /** What it sets, if it fires. */
  readonly publish: readonly RenderedEntry[];
  /** Where it leads, whether it fires or not. */
  readonly do: readonly string[];
  /** Of these the ones that would begin as they began before: the walk goes no further there. */
  readonly again: readonly string[];
  /** Of these the ones that wait for more predecessors: `2 of 3`. */
  readonly waiting: readonly { readonly name: string; readonly come: number; readonly join: number }[];
};

export type RenderedItem = { readonly index: number; readonly item: Json; readonly input: Rendered };

export type RenderedTask = {
  readonly name: string;
  readonly type: 'action' | 'parallel' | 'workflow';
  readonly action: string | null;
  /** From 1; 0 for a task that the walk does not reach. */
  readonly visit: number;
  readonly when: RenderedCondition | undefined;
  /** Its condition does not hold: it is not run, and nothing follows it. */
  readonly is_skipped: boolean;
  /** Of a task with items that of the first one. */
  readonly input: Rendered;
  readonly items:
    | { readonly total: number | Failed; readonly shown: readonly RenderedItem[]; readonly left_out: number }
    | undefined;
  /** What else of the task is set: retry, timeout, permission sets, workers. */
  readonly settings: readonly RenderedEntry[];
  /** Undefined for a task that is skipped or not reached. */
  readonly ended: { readonly state: string; readonly is_result_given: boolean } | undefined;
  readonly next: readonly RenderedTransition[];
  /** Sub-tasks of a parallel task, in the order of the walk. */
  readonly tasks: readonly RenderedTask[];
};

export type Rendering = {
  readonly parameters: Json;
  readonly tasks: readonly RenderedTask[];
  readonly output: Rendered;
  /** Variables at the end. */
  readonly vars: Json;
  /** The walk was ended after so many tasks; undefined: it came to its end. */
  readonly cut_after: number | undefined;
  /** Everything that fails, in the order of the walk. */
  readonly failures: readonly Failed[];
};
