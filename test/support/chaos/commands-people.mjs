// What people do to the registry: pins, overlays, decisions, changes by hand. Each command changes what a world has registered as the
// contract says and returns the same as steps for a real registry, or undefined where there is nothing to do it to.
import { end, settleBatches } from './held.mjs';
import { isGood } from './texts.mjs';
import { forgetWindow, guestsOf, isLive, isOfApi, liveRefs } from './world.mjs';

const at = (list, number) => (list.length === 0 ? undefined : list[number % list.length]);

function chooseFlow({ registered }, number, isWanted = () => true) {
  const refs = [...registered.flows].filter(([ref, row]) => isLive(row) && isWanted(row, ref));
  return at(
    refs.sort(([a], [b]) => (a < b ? -1 : 1)),
    number,
  );
}

function overlay(world, number, verb, column, value) {
  const [ref, row] = chooseFlow(world, number, (one) => one[column] !== value) ?? [];
  if (ref === undefined) return undefined;
  row[column] = value;
  settleBatches(world.registered);
  return [{ do: 'overlay', ref, verb }];
}

/** Serves a revision of the history; its text comes from there, so which file it was made of is not known. */
function serveOld(row, content) {
  row.content = content;
  row.text = null;
}

/** Rows that a good file stands for: whatever is done to them by hand is undone by the next look. */
function healable({ files, registered, root }) {
  if (root === 'away') return () => false;
  return (row, ref) => {
    const pack = registered.packs.get(ref.slice(0, ref.indexOf('.')));
    const named = registered.actions.get(ref);
    const manifest = files.get(`${pack?.dir}/pack.yaml`);
    const isNamed = manifest?.says.ref !== undefined && ref.startsWith(`${manifest.says.ref}.`);
    return (
      row.status === 'active' &&
      isGood(manifest) &&
      isNamed &&
      [row.path, named?.path].every((path) => path?.startsWith(`${pack.dir}/`) && isGood(files.get(path)))
    );
  };
}

export const peopleCommands = {
  pin(world, a, b) {
    const [ref, row] = chooseFlow(world, a, ({ history }) => history.length > 1) ?? [];
    if (ref === undefined) return undefined;
    const others = row.history.filter((content) => content !== row.content);
    const content = at(others, b);
    const over = row.over ?? row.content;
    row.pinned = content;
    row.over = over;
    serveOld(row, content);
    return [{ do: 'pin', ref, content, over, number: row.history.indexOf(content) + 1 }];
  },
  unpin(world, a) {
    const [ref, row] = chooseFlow(world, a, ({ pinned }) => pinned !== null) ?? [];
    if (ref === undefined) return undefined;
    serveOld(row, row.over);
    row.pinned = null;
    row.over = null;
    return [{ do: 'unpin', ref, content: row.content }];
  },
  enable: (world, a) => overlay(world, a, 'enabled', 'isEnabled', true),
  disable: (world, a) => overlay(world, a, 'disabled', 'isEnabled', false),
  protect: (world, a) => overlay(world, a, 'protected', 'isProtected', true),
  unprotect: (world, a) => overlay(world, a, 'unprotected', 'isProtected', false),
  approve: (world, a) => decide(world, a, 'approved'),
  reject: (world, a) => decide(world, a, 'rejected'),
  /** Columns of a row are overwritten; the next look writes them anew, and nothing of it stays. */
  overwrite(world, a, b) {
    const [ref] = chooseFlow(world, a, healable(world)) ?? [];
    return ref && [{ do: 'overwrite', ref, what: at(['label', 'definition', 'digest', 'action'], b) }];
  },
  /** A row is deleted with its history: another one comes back, with another id and a history of its own. */
  erase(world, a) {
    const [ref, row] = chooseFlow(world, a, healable(world)) ?? [];
    if (ref === undefined) return undefined;
    const { registered } = world;
    const { text, path } = row;
    registered.flows.delete(ref);
    registered.actions.delete(ref);
    // In the window the one that comes back is a newcomer, and the one before it never was.
    registered.highest -= 1;
    return [{ do: 'erase', ref, text, path }];
  },
  /** A row for which there is no file. */
  insert(world, a, b) {
    const { registered, root } = world;
    const packs = [...registered.packs].filter(([, row]) => row.status === 'active' && !isOfApi(row));
    const pack = at(packs.sort(), a);
    const ref = pack && `${pack[0]}.hand${b % 2}`;
    if (ref === undefined || registered.flows.has(ref) || root === 'away') return undefined;
    const blank = { text: null, pinned: null, over: null, isEnabled: true, isProtected: false, history: [] };
    registered.flows.set(ref, { ...blank, by: 'root', status: 'active', path: null, content: 'hand/' });
    // No change tells of it: the window has it as if it had been there all along.
    registered.highest += 1;
    return [{ do: 'insert', ref, packRef: pack[0] }];
  },
  /** What the root left behind is given up, as if it were not configured any more; then it is again. */
  forget(world) {
    const { registered } = world;
    const refs = liveRefs(registered);
    if (registered.packs.size === 0) return undefined;
    for (const rows of [registered.flows, registered.actions])
      for (const ref of refs) if (isLive(rows.get(ref))) rows.get(ref).status = 'retired';
    for (const [ref, row] of registered.packs) {
      if (!isLive(row) || isOfApi(row)) continue;
      if (guestsOf(registered, ref).length === 0) row.status = 'retired';
      else Object.assign(row, { by: 'api', dir: null, status: 'active' });
    }
    registered.files.clear();
    for (const batch of registered.batches) end(batch);
    return [{ do: 'forget', number: refs.length }];
  },
  /** More than ten minutes go by. */
  age(world) {
    forgetWindow(world.registered);
    return [{ do: 'age' }];
  },
};

/** Approved ones go at the next look, rejected ones stay: `pass.mjs` knows. */
function decide({ registered }, number, verdict) {
  const open = registered.batches.filter((one) => one.state === 'open' && one.pending.length > 0);
  const batch = at(open, number);
  if (batch === undefined) return undefined;
  batch.state = verdict;
  return [{ do: 'decide', refs: batch.pending, reason: batch.reason, verdict }];
}
