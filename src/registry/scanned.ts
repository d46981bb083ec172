// What became of a file in a scan, by its state and what was told of its refs. Pure.
import type { ChangeVerb } from '../model/plan.ts';
import type { ScanOutcome } from '../model/scan.ts';
import type { FileState } from '../model/state.ts';

export type Scanned = {
  readonly state: FileState;
  /** Some revision of its ref is served. */
  readonly served: boolean;
  readonly verbs: readonly ChangeVerb[];
  /** Its bytes, or the verdict on them, are new. */
  readonly fresh: boolean;
};

/** The one word of the contract for it. */
export function outcomeOf({ state, served, verbs, fresh }: Scanned): ScanOutcome {
  switch (state) {
    case 'conflict':
    case 'ignored':
      return state;
    case 'invalid':
    case 'unreadable':
      return 'kept';
    case 'valid':
      break;
    default:
      return state satisfies never;
  }
  if (verbs.includes('registered')) return 'registered';
  if (verbs.includes('updated')) return 'updated';
  if (verbs.includes('moved')) return 'moved';
  if (fresh || verbs.includes('touched') || verbs.includes('recovered')) return 'updated';
  // A good file that something else keeps out: a bad manifest, a bad action.
  return served ? 'unchanged' : 'kept';
}
