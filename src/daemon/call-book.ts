// The packs that `check` has seen → what they offer and what their tasks call, judged together when all are known.
import { join } from 'node:path';
import type { DesiredPack } from '../model/state.ts';
import {
  type Call,
  type Callable,
  type CallFinding,
  callableOf,
  callsOf,
  judgeCalls,
} from '../registry/calls.ts';

export type CallBook = {
  /** `place`: the root's path. What a pack offers counts only where its ref is told and all of it was seen. */
  add(place: string, pack: DesiredPack, isNamed: boolean): void;
  /** Files with something wrong in their calls, by their paths on disk. */
  judge(): ReadonlyMap<string, readonly CallFinding[]>;
};

/** Empty. Holds refs and names of parameters, no text. */
export function createCallBook(): CallBook {
  const callers = new Map<string, readonly Call[]>();
  const known = new Map<string, Map<string, Callable | undefined>>();
  return {
    add(place, pack, isNamed) {
      for (const workflow of pack.workflows.values()) {
        if (workflow.same) continue;
        const { sourcePath, definition } = workflow.definition;
        if (sourcePath !== null) callers.set(join(place, sourcePath), callsOf(JSON.parse(definition)));
      }
      if (!isNamed || !pack.complete || pack.packRef === null) return;
      const names = known.get(pack.packRef) ?? new Map<string, Callable | undefined>();
      known.set(pack.packRef, names);
      offer(pack, names);
    },
    judge() {
      const found = new Map<string, readonly CallFinding[]>();
      for (const [file, calls] of callers) {
        const findings = judgeCalls(calls, known);
        if (findings.length > 0) found.set(file, findings);
      }
      return found;
    },
  };
}

/** A file that is no good has its name all the same: that is no reason to say of its callers that they call nothing. */
function offer(pack: DesiredPack, names: Map<string, Callable | undefined>): void {
  const nameOf = (ref: string) => ref.slice(ref.indexOf('.') + 1);
  for (const { ref, role } of pack.files.values()) {
    if (role !== 'manifest' && ref !== null) names.set(nameOf(ref), undefined);
  }
  for (const [ref, action] of pack.actions) {
    if (!action.same) names.set(nameOf(ref), callableOf(JSON.parse(action.action.paramSchema)));
  }
}
