// Which files of a pack have to be looked into before its desired state can be built: those whose bytes or rules are new, those
// linked to them, and those whose registered row is not as their file left it. Everything else is taken from the rows. Pure.
import type { ObservedPack } from '../model/listing.ts';
import type { PackPath, Ref, SourceName } from '../model/pack.ts';
import type { FileRow, RegisteredDefinition, RegisteredState } from '../model/state.ts';
import { type FileFacts, isTrusted } from './facts.ts';

export type ChecksInput = {
  readonly observed: ObservedPack;
  readonly registered: RegisteredState;
  readonly checkedBy: string;
  /** Facts of the files that were checked so far. */
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  /** True when the pack's ref or owner is another than the rows were written for: nothing of them is trusted. */
  readonly distrustAll: boolean;
};

/** Paths still to be checked; empty when the desired state can be built. Ask again after checking: links lead to more files. */
export function missingChecks(input: ChecksInput): readonly PackPath[] {
  const { observed, registered } = input;
  const needed = new Set<PackPath>();
  for (const file of observed.files.values()) {
    if (file.digest === null || file.role === 'manifest') continue;
    const row = registered.files.get(file.path);
    if (input.distrustAll || !isTrusted(row, file, input.checkedBy) || !isServedAsLeft(row, input))
      needed.add(file.path);
  }
  spreadOverLinks(input, needed);
  return [...needed].filter((path) => !input.facts.has(path)).sort();
}

/** An action and the graphs it names, now or before, are looked into together. */
function spreadOverLinks(input: ChecksInput, needed: Set<PackPath>): void {
  const edges: (readonly [PackPath, PackPath])[] = [];
  for (const facts of input.facts.values())
    for (const target of facts.links) edges.push([facts.path, target]);
  for (const row of input.registered.files.values())
    for (const target of row.links) edges.push([row.path, target]);
  const isUncertain = (path: PackPath) => {
    if (needed.has(path)) return true;
    const file = input.observed.files.get(path);
    const row = input.registered.files.get(path);
    // Gone, come or unreadable: its partners have to be told.
    return (file === undefined) !== (row === undefined) || (file !== undefined && file.digest === null);
  };
  let grown = true;
  while (grown) {
    grown = false;
    for (const [a, b] of edges) {
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const target = input.observed.files.get(to);
        if (isUncertain(from) && target && target.digest !== null && !needed.has(to)) {
          needed.add(to);
          grown = true;
        }
      }
    }
  }
}

/** True when what the row says is registered is what the registry holds. */
function isServedAsLeft(row: FileRow, input: ChecksInput): boolean {
  const { registered, observed } = input;
  if (row.state === 'invalid' || row.ref === null) return true;
  const ref = row.ref as Ref;
  const action = registered.actions.get(ref);
  if (row.state === 'conflict') {
    const incumbent = action?.sourcePath;
    if (action?.status === 'active' && incumbent && incumbent !== row.path) {
      return observed.files.has(incumbent) && registered.files.get(incumbent)?.ref === ref;
    }
    if (action && action.source !== observed.source && action.status !== 'retired') return true;
  }
  const isLinked = row.role === 'workflow' && action?.sourcePath !== row.path;
  if (!isFine(action, observed.source, isLinked ? undefined : row.path)) return false;
  const graph = row.role === 'workflow' ? row.path : row.links[0];
  return graph === undefined
    ? action?.isWorkflow === false
    : isFine(registered.workflows.get(ref), observed.source, graph);
}

function isFine(
  row: RegisteredDefinition | undefined,
  source: SourceName,
  path: PackPath | undefined,
): boolean {
  return (
    row !== undefined &&
    row.status === 'active' &&
    row.source === source &&
    !row.drifted &&
    (path === undefined || row.sourcePath === path)
  );
}
