// State of one dry walk: what is given, what the walk has brought so far, and what has failed.
import type { DocumentPath } from '../../model/diagnostic.ts';
import type { Failed } from '../../model/render.ts';
import { createMeter, defaultLimits, type Limits, type Meter } from '../expression/limits.ts';
import type { Scope, TaskState } from '../expression/scope.ts';
import { createTemplateCache, type TemplateCache } from '../expression/template.ts';
import { makeObject, type ObjectValue, type Value } from '../expression/value.ts';
import type { Locator } from '../locate.ts';
import type { RawMap } from '../raw.ts';

/** Templates that are kept parsed. */
const cachedTemplates = 2000;

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
  /** Weighs what is shown. */
  readonly meter: Meter;
  /** For every evaluation, with a budget for all of them and for what is shown. */
  readonly limits: Limits & { readonly total: { left: number } };
  /** Tasks walked. */
  steps: number;
  isCut: boolean;
  /** The budget is used up, and that was told. */
  isSpent: boolean;
};

/** Steps of one walk: a step is that of an expression, or about ten bytes of what is shown. */
const maxTotal = 1_000_000;

/** A walk that has not begun. */
export function createRun(given: Given, root: RawMap, locator: Locator, totalSteps = maxTotal): Run {
  return {
    ...{ given, root, locator, templates: createTemplateCache(cachedTemplates), meter: createMeter() },
    ...{ vars: new Map(given.vars), ended: new Map(), visits: new Map(), begun: new Set(), failures: [] },
    ...{ limits: { ...defaultLimits, total: { left: totalSteps } }, steps: 0, isCut: false, isSpent: false },
  };
}

/** Pays for something that will be shown. */
export function pay({ limits }: Run, bytes: number): void {
  limits.total.left -= 2 + bytes / 10;
}

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
