// What a plan is written into while the refs of a pack are gone through.
import type { ActionDefinition, Definition } from '../model/definition.ts';
import type { Ref } from '../model/pack.ts';
import type { PlannedChange, Restored } from '../model/plan.ts';

export type Draft = {
  readonly workflows: Definition[];
  readonly actions: ActionDefinition[];
  readonly touch: Definition[];
  readonly restore: Restored[];
  readonly degrade: Ref[];
  readonly recover: Ref[];
  readonly retire: Ref[];
  readonly retireActions: Ref[];
  readonly changes: PlannedChange[];
  readonly drifted: Ref[];
  unchanged: number;
};

export function createDraft(): Draft {
  return {
    workflows: [],
    actions: [],
    touch: [],
    restore: [],
    degrade: [],
    recover: [],
    retire: [],
    retireActions: [],
    changes: [],
    drifted: [],
    unchanged: 0,
  };
}

/** The refs of several maps, each once, in order. */
export function sortedRefs(...maps: readonly ReadonlyMap<Ref, unknown>[]): readonly Ref[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}
