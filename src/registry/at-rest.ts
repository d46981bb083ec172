// What of a pack lies on disk and is registered just as the last plan left it, and has to do with nothing else in the pack: set apart, so
// that a plan takes as long as what it is about. What is said of the rest is what would be said of the whole. Pure.
import type { ObservedFile } from '../model/listing.ts';
import type { PackPath, PackRef, Ref } from '../model/pack.ts';
import type { FileRow, RegisteredAction, RegisteredDefinition, RegisteredState } from '../model/state.ts';
import type { ChecksInput } from './checks.ts';
import { linksOf } from './claims.ts';
import { boundDiagnostics } from './desired.ts';
import { nameOf } from './discover.ts';
import { type FileFacts, isTrusted } from './facts.ts';

export type RestInput = Pick<
  ChecksInput,
  'observed' | 'packRef' | 'registered' | 'checkedBy' | 'distrustAll'
>;

/** The files that one ref is served from. */
type Resting = {
  readonly named: FileRow;
  /** What the action names; undefined for a plain action, and for a workflow that stands alone. */
  readonly graph: FileRow | undefined;
};

/** What has to be decided about: files, and what is registered for them or for none. */
export type Part = {
  readonly files: ReadonlyMap<PackPath, ObservedFile>;
  readonly registered: RegisteredState;
};

export type Rest = {
  readonly resting: ReadonlyMap<Ref, Resting>;
  readonly part: Part;
};

/** Each ref that is by itself as it was left; `wake` takes out of it what others touch. */
export function findRest(input: RestInput): Rest {
  const { observed, registered } = input;
  const resting = new Map<Ref, Resting>();
  const paths = new Set<PackPath>();
  if (!input.distrustAll)
    for (const [ref, action] of registered.actions) {
      const one = restingOf(input, ref, action);
      if (one === undefined) continue;
      resting.set(ref, one);
      for (const { path } of rowsIn(one)) paths.add(path);
    }
  return {
    resting,
    part: {
      files: without(observed.files, paths),
      registered: {
        pack: registered.pack,
        workflows: without(registered.workflows, resting),
        actions: without(registered.actions, resting),
        files: without(registered.files, paths),
      },
    },
  };
}

/** The same without what any other file or row claims, links or names, by itself or by the facts that are known of it. */
export function wake(rest: Rest, input: RestInput, facts: ReadonlyMap<PackPath, FileFacts>): Rest {
  const { registered, packRef } = input;
  const { part } = rest;
  const woken = new Map<Ref, Resting>();
  const wakeRef = (ref: string | null | undefined) => {
    const one = rest.resting.get(ref as Ref);
    if (one) woken.set(ref as Ref, one);
  };
  const wakePath = (path: PackPath | null) => path !== null && wakeRef(registered.files.get(path)?.ref);
  const paths = new Set([...part.files.keys(), ...part.registered.files.keys(), ...facts.keys()]);
  for (const path of paths) {
    const row = registered.files.get(path);
    const known = facts.get(path);
    for (const one of [known, row, { links: graphsOf(path, part.registered) }]) one?.links.forEach(wakePath);
    for (const ref of [row?.ref, known?.ref, `${packRef}.${nameOf(path)}`]) wakeRef(ref);
  }
  // A row that somebody wrote may say of any file that it is its own.
  for (const rows of [part.registered.workflows, part.registered.actions])
    for (const { sourcePath } of rows.values()) wakePath(sourcePath);
  return woken.size === 0 ? rest : withoutWoken(rest, input, woken);
}

/** Rows of the files at rest. */
export function rowsAtRest({ resting }: Rest): readonly FileRow[] {
  return [...resting.values()].flatMap(rowsIn);
}

/** Workflow definitions at rest. */
export function workflowsAtRest({ resting }: Rest): number {
  let count = 0;
  for (const { named, graph } of resting.values()) if (graph || named.role === 'workflow') count += 1;
  return count;
}

function rowsIn({ named, graph }: Resting): readonly FileRow[] {
  return graph ? [named, graph] : [named];
}

/** Graphs that an action which is no good is registered with. */
function graphsOf(path: PackPath, registered: RegisteredState): readonly PackPath[] {
  return linksOf({ path, state: 'invalid', links: [] }, registered);
}

function withoutWoken({ resting, part }: Rest, input: RestInput, woken: ReadonlyMap<Ref, Resting>): Rest {
  const { observed, registered } = input;
  const paths = [...woken.values()].flatMap(rowsIn).map(({ path }) => path);
  return {
    resting: without(resting, woken),
    part: {
      files: withAll(part.files, observed.files, paths),
      registered: {
        pack: registered.pack,
        workflows: withAll(part.registered.workflows, registered.workflows, woken.keys()),
        actions: withAll(part.registered.actions, registered.actions, woken.keys()),
        files: withAll(part.registered.files, registered.files, paths),
      },
    },
  };
}

function without<Key, Value>(
  all: ReadonlyMap<Key, Value>,
  keys: { has(key: Key): boolean },
): ReadonlyMap<Key, Value> {
  const left = new Map<Key, Value>();
  for (const [key, value] of all) if (!keys.has(key)) left.set(key, value);
  return left;
}

function withAll<Key, Value>(
  some: ReadonlyMap<Key, Value>,
  all: ReadonlyMap<Key, Value>,
  keys: Iterable<Key>,
): ReadonlyMap<Key, Value> {
  const more = new Map(some);
  for (const key of keys) {
    const value = all.get(key);
    if (value !== undefined) more.set(key, value);
  }
  return more;
}

/** Undefined: something about the ref, its rows or its files is to be decided about. */
function restingOf(input: RestInput, ref: Ref, action: RegisteredAction): Resting | undefined {
  const { registered, packRef } = input;
  const named = isAsLeft(action, input) ? rowAtRest(input, action.sourcePath, ref) : undefined;
  const workflow = registered.workflows.get(ref);
  if (named === undefined) return undefined;
  if (!action.isWorkflow) {
    const isPlain = named.role === 'action' && named.links.length === 0 && workflow === undefined;
    return isPlain ? { named, graph: undefined } : undefined;
  }
  if (workflow === undefined || !isAsLeft(workflow, input) || workflow.pinned !== null) return undefined;
  const { sourcePath, fileDigest } = workflow;
  const graph = sourcePath === named.path ? named : rowAtRest(input, sourcePath, ref);
  if (graph?.role !== 'workflow' || graph.digest !== fileDigest || graph.links.length > 0) return undefined;
  if (graph === named) return isNamedAfterFile(named, packRef) ? { named, graph: undefined } : undefined;
  const isItsGraph = named.role === 'action' && named.links.length === 1 && named.links[0] === graph.path;
  return isItsGraph ? { named, graph } : undefined;
}

function isAsLeft(row: RegisteredDefinition, { observed }: RestInput): boolean {
  return row.status === 'active' && row.source === observed.source && !row.drifted;
}

/** The row of a file that is listed under the ref and is as it was checked. */
function rowAtRest(
  { observed, registered, checkedBy }: RestInput,
  path: PackPath | null,
  ref: Ref,
): FileRow | undefined {
  const row = path === null ? undefined : registered.files.get(path);
  const file = path === null ? undefined : observed.files.get(path);
  if (row?.ref !== ref || row.state !== 'valid' || file === undefined) return undefined;
  return isTrusted(row, file, checkedBy) && isAsBound(row) ? row : undefined;
}

/** Rows that stay in memory are asked about at each save. */
const bound = new WeakMap<FileRow, boolean>();

/** True when the findings are what a plan would write of them again. */
function isAsBound(row: FileRow): boolean {
  const { diagnostics } = row;
  if (diagnostics.length === 0) return true;
  const known = bound.get(row);
  if (known !== undefined) return known;
  const again = boundDiagnostics(diagnostics.filter(({ code }) => code !== 'REF_CONFLICT'));
  const isSame = again.length === diagnostics.length && again.every((one, at) => one === diagnostics[at]);
  bound.set(row, isSame);
  return isSame;
}

const namesOfRows = new WeakMap<FileRow, string>();

function isNamedAfterFile(row: FileRow, packRef: PackRef): boolean {
  const name = namesOfRows.get(row) ?? nameOf(row.path);
  namesOfRows.set(row, name);
  const { ref } = row;
  return (
    ref?.length === packRef.length + 1 + name.length && ref.startsWith(packRef) && ref.endsWith(`.${name}`)
  );
}
