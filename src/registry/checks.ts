// Which files of a pack have to be looked into before its desired state can be built: those whose bytes or rules are new, those
// linked to them, and those that win a ref whose registered rows are not as they left them. The rest is taken from rows. Pure.
import type { ObservedPack } from '../model/listing.ts';
import type { PackPath, PackRef, Ref } from '../model/pack.ts';
import type { RegisteredDefinition, RegisteredState } from '../model/state.ts';
import { type Claim, collectClaims, linksOf } from './claims.ts';
import { roleOf } from './discover.ts';
import { type FileFacts, factsFromRow, factsOfUnreadable, isTrusted } from './facts.ts';
import { groupByRef, settleRef } from './settle-ref.ts';

export type ChecksInput = {
  readonly observed: Pick<ObservedPack, 'source' | 'files'>;
  readonly packRef: PackRef;
  readonly registered: RegisteredState;
  readonly checkedBy: string;
  /** Facts of the files that were checked so far. */
  readonly facts: ReadonlyMap<PackPath, FileFacts>;
  /** True when the pack's ref or owner is another than the rows were written for: nothing of them is trusted. */
  readonly distrustAll: boolean;
};

/** Paths still to be checked; empty when the desired state can be built. Ask again after checking: links lead to more files. */
export function missingChecks(input: ChecksInput): readonly PackPath[] {
  const needed = new Set<PackPath>(input.facts.keys());
  for (const file of input.observed.files.values()) {
    if (file.digest === null || file.role === 'manifest') continue;
    const row = input.registered.files.get(file.path);
    if (input.distrustAll || !isTrusted(row, file, input.checkedBy)) needed.add(file.path);
  }
  spreadOverLinks(input, needed);
  const missing = [...needed].filter((path) => !input.facts.has(path));
  return (missing.length > 0 ? missing : unproven(input)).sort();
}

/** Facts of every action and workflow file: of its check where there was one, else of its row, or that it cannot be read. */
export function completeFacts(
  input: Pick<ChecksInput, 'observed' | 'registered' | 'facts'>,
): ReadonlyMap<PackPath, FileFacts> {
  const facts = new Map(input.facts);
  for (const file of input.observed.files.values()) {
    if (file.role === 'manifest' || facts.has(file.path)) continue;
    const row = input.registered.files.get(file.path);
    if (file.digest === null) facts.set(file.path, factsOfUnreadable(file, row));
    else if (row) facts.set(file.path, factsFromRow(row));
  }
  dropLetGo(facts);
  return facts;
}

/**
 * A graph outside the usual directories is a file of the pack only as long as an action names it; one too broken to name it does not,
 * for the next pass would not find the graph either.
 */
function dropLetGo(facts: Map<PackPath, FileFacts>): void {
  const elsewhere = [...facts.keys()].filter((path) => roleOf(path) === undefined);
  if (elsewhere.length === 0) return;
  const named = new Set([...facts.values()].flatMap(({ links }) => links));
  for (const path of elsewhere) if (!named.has(path)) facts.delete(path);
}

/** An action and the graphs it names, now or before, are looked into together. */
function spreadOverLinks(input: ChecksInput, needed: Set<PackPath>): void {
  const edges: (readonly [PackPath, PackPath])[] = [];
  const join = (action: FileFacts) => {
    for (const target of linksOf(action, input.registered))
      edges.push([action.path, target], [target, action.path]);
  };
  for (const facts of input.facts.values()) join(facts);
  // A row too broken to name its graph still told what the graph is for: when it goes, the graph stands alone.
  for (const row of input.registered.files.values()) if (row.role === 'action') join(factsFromRow(row));
  for (const file of input.observed.files.values()) {
    if (file.role === 'action' && file.digest === null)
      join(factsOfUnreadable(file, input.registered.files.get(file.path)));
  }
  // What came or went changes the verdict on its partners.
  const isNews = (path: PackPath) => input.observed.files.has(path) !== input.registered.files.has(path);
  let grown = true;
  while (grown) {
    grown = false;
    for (const [from, to] of edges) {
      const target = input.observed.files.get(to);
      if (target?.digest == null || target.role === 'manifest' || needed.has(to)) continue;
      if (!needed.has(from) && !isNews(from)) continue;
      needed.add(to);
      grown = true;
    }
  }
}

/** Files that were taken from their rows and win a ref, but are not what is registered for it: the registry has to be told anew. */
function unproven(input: ChecksInput): PackPath[] {
  const facts = completeFacts(input);
  const { claims, unsure } = collectClaims(input.packRef, facts, input.registered);
  const found = new Set<PackPath>(unsure);
  for (const [ref, group] of groupByRef(claims)) {
    const { winner } = settleRef(ref, group, input.observed.source, input.registered);
    if (!winner?.valid || isServedAsLeft(winner, input, facts)) continue;
    found.add(winner.path);
    if (winner.workflowPath !== undefined) found.add(winner.workflowPath);
  }
  return [...found].filter((path) => !input.facts.has(path));
}

/** True when the registry holds for the claim's ref just what its files left there. */
function isServedAsLeft(
  claim: Claim,
  { registered, observed }: ChecksInput,
  facts: ReadonlyMap<PackPath, FileFacts>,
): boolean {
  const { ref, path, workflowPath } = claim;
  const isFine = (row: RegisteredDefinition | undefined, from: PackPath) =>
    row?.status === 'active' && row.source === observed.source && !row.drifted && row.sourcePath === from;
  const action = registered.actions.get(ref as Ref);
  if (!isFine(action, path) || action?.isWorkflow !== (workflowPath !== undefined)) return false;
  if (workflowPath === undefined) return true;
  const workflow = registered.workflows.get(ref as Ref);
  // Under a pin the row is not made from the file. A pass that trusts the file's row has seen that the pin holds over it.
  const isOfFile = workflow?.pinned != null || workflow?.fileDigest === facts.get(workflowPath)?.digest;
  return isFine(workflow, workflowPath) && isOfFile;
}
