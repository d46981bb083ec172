// How two definitions differ, change by change: what `diff` prints.
import type { Json } from './pack.ts';

/**
 * `added`, `removed`: there was nothing before, there is nothing after. `moved`: the same at another place of its list,
 * `before` and `after` are its places from 1. `renamed`: a task under another name, which they are.
 */
export type DifferenceKind = 'added' | 'removed' | 'changed' | 'moved' | 'renamed';

/** One change. */
export type Difference = {
  /**
   * Keys from the root of the definition. A task stands under its name (`['tasks', 'deploy', 'input', 'image']`), or under
   * its place from 0 where two have one name; a transition under its place, counted before where it was removed, else after.
   */
  readonly at: readonly (string | number)[];
  readonly kind: DifferenceKind;
  /** Null where nothing was. */
  readonly before: Json;
  /** Null where nothing is. */
  readonly after: Json;
};
