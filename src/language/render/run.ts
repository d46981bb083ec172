// State of one dry walk: what is given, what the walk has brought so far, and what has failed.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { Failed } from '../../model/render.ts';
import type { Scope, TaskState } from '../expression/scope.ts';
import type { TemplateCache } from '../expression/template.ts';
import { makeObject, type ObjectValue, type Value } from '../expression/value.ts';
import type { Locator } from '../locate.ts';
import type { RawMap } from '../raw.ts';

/** How a task is said to end. `result` undefined: none is given. */
export type Stub = { readonly result: Value | undefined; readonly state: TaskState };

/** `item` and `index` of a task with items, and of what is inside it. */
export type Focus = { readonly item: Value; readonly index: Value };

/** What the caller gives, as values. */
export type Given = {
  readonly parameters: ObjectValue;
  /** Over those of the file. */
  readonly vars: ObjectValue;
  readonly config: ObjectValue;
  readonly keystore: ObjectValue;
  readonly system: ObjectValue;
  /** A list: one for each visit, the last one for all that follow. */
  readonly results: ReadonlyMap<string, readonly Stub[]>;
  /** Instead of the items that a task has. */
  readonly focus: Focus | undefined;
};

export type Run = {
  readonly given: Given;
  /** The document as written. */
  readonly root: RawMap;
  readonly locator: Locator;
  readonly templates: TemplateCache;
  readonly vars: Map<string, Value>;
  /** Tasks that have ended: name → an object with `result`. */
  readonly ended: Map<string, ObjectValue>;
  readonly visits: Map<string, number>;
  /** Beginnings of tasks so far, each with everything that it could depend on. */
  readonly begun: Set<string>;
  readonly failures: Failed[];
  /** Tasks walked, and templates evaluated. */
  steps: number;
  evaluations: number;
  isCut: boolean;
};

/** What a template stands in. */
export type Setting = {
  readonly focus: Focus | undefined;
  /** The task that has just ended, with whether its result is given. */
  readonly current:
    | { readonly name: string; readonly result: Value; readonly state: TaskState; readonly isGiven: boolean }
    | undefined;
  /** False for a task that the walk does not reach. */
  readonly isReached: boolean;
};

export const outside: Setting = { focus: undefined, current: undefined, isReached: true };

/** A string and where it stands. */
export type Spot = { readonly text: string; readonly at: DocumentPath };

export function scopeOf({ given, vars, ended }: Run, { focus, current }: Setting): Scope {
  return {
    parameters: given.parameters,
    vars: makeObject(vars),
    tasks: makeObject(ended),
    config: given.config,
    keystore: given.keystore,
    system: given.system,
    item: focus?.item,
    index: focus?.index,
    current,
  };
}
