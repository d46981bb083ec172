// Contract 5.1 to 5.5: the registry of a world after a pass over its files, said once more and without a line of the program.
import { judgePack } from './claims.mjs';
import { expireEmpty, hold, settleBatches, tooMany } from './held.mjs';
import { dirOf, isGood } from './texts.mjs';
import {
  countLive,
  dirsOf,
  guestsOf,
  isLive,
  isOfApi,
  isRefLive,
  liveRefs,
  packIn,
  packOf,
} from './world.mjs';

/** Passes until nothing changes any more. */
export function settleWorld(world) {
  for (let count = 0; count < 6; count += 1) {
    const before = snapshot(world.registered);
    pass(world);
    if (snapshot(world.registered) === before) return;
  }
  throw new Error('the model does not come to an end');
}

function snapshot({ packs, flows, actions, files, batches }) {
  return JSON.stringify([
    ...[packs, flows, actions, files].map((rows) => [...rows]),
    batches.map(({ state, pending }) => [state, pending]),
  ]);
}

function pass(world) {
  const { registered } = world;
  // A root that is not there says nothing.
  if (world.root === 'away') return;
  const rules = rulesOf(registered);
  const claims = claimsOf(world);
  if (claims.size > 0) expireEmpty(registered);
  else if (holdsAll(registered, rules)) return;
  const plans = [...planClaims(world, claims, rules), ...planLost(world, claims, rules)];
  for (const plan of plans) if (plan.absent.length === 0) apply(world, plan, rules, new Set());
  const absent = plans.flatMap((plan) => plan.absent);
  const held = new Set(
    tooMany(
      world,
      absent.filter((ref) => !rules.agreed.has(ref)),
    ),
  );
  if (held.size > 0) hold(registered, 'threshold', [...held]);
  for (const plan of plans) if (plan.absent.length > 0) apply(world, plan, rules, held);
  settleBatches(registered);
}

/** What people have decided, or are to decide, about removals. */
function rulesOf({ batches }) {
  const spared = new Set();
  const agreed = new Set();
  for (const { reason, state, pending } of batches)
    for (const ref of pending) {
      if (state === 'approved') agreed.add(ref);
      else if (reason === 'threshold') spared.add(ref);
    }
  return { spared, agreed };
}

/** True: not one pack is left though something is served, and nobody agreed to that. Held as a whole, nothing is written. */
function holdsAll(registered, rules) {
  const live = liveRefs(registered);
  const batches = registered.batches.filter((one) => one.reason === 'root_empty' && one.pending.length > 0);
  if (live.length === 0 || batches.some(({ state }) => state === 'approved')) return false;
  const fresh = live.filter(
    (ref) => !rules.spared.has(ref) && registered.flows.get(ref)?.isProtected !== true,
  );
  if (batches.every(({ state }) => state !== 'rejected') && fresh.length > 0)
    hold(registered, 'root_empty', fresh);
  return true;
}

/** Directory → the ref its manifest claims, null for one that says nothing. */
function claimsOf(world) {
  const claims = new Map();
  for (const dir of dirsOf(world)) {
    const manifest = world.files.get(`${dir}/pack.yaml`);
    claims.set(dir, isGood(manifest) ? manifest.says.ref : null);
  }
  return claims;
}

/**
 * One pack belongs to one directory: the registered one while it is there and does not say otherwise, else the one that it was
 * renamed to, else the first.
 */
function ownerOf(world, claims, ref) {
  const { registered } = world;
  const row = registered.packs.get(ref);
  // No directory has what has become the API's.
  if (isLive(row) && isOfApi(row)) return undefined;
  const holder = isLive(row) ? row.dir : undefined;
  const claim = claims.get(holder);
  if (claim === ref || claim === null) return holder;
  const candidates = [...claims].filter(([, one]) => one === ref).map(([dir]) => dir);
  if (holder === undefined || claims.has(holder)) return candidates[0];
  const shared = candidates.map((dir) => countShared(world, holder, dir));
  return candidates[shared.indexOf(Math.max(...shared))];
}

/** Files that lie in a directory as they were last seen in one that is gone. */
function countShared({ registered, files }, gone, dir) {
  return rowsIn(registered, gone).filter((path) => {
    const { text } = registered.files.get(path);
    const one = files.get(dir + path.slice(gone.length));
    return one !== undefined && !one.isHidden && text !== null && one.text === text;
  }).length;
}

function planClaims(world, claims, rules) {
  const plans = [];
  for (const [dir, ref] of claims) {
    if (ref === null) plans.push(planKept(world, dir));
    else if (ownerOf(world, claims, ref) === dir) {
      const isContested = [...claims].some(([other, one]) => other !== dir && one === ref);
      plans.push(planOwn(world, dir, ref, isContested, rules));
    } else {
      // Nothing of such a directory is registered, and nothing is said of its files.
      const files = manifestRow(world, dir, 'conflict', ref);
      plans.push({
        ...nothing,
        files,
        gone: rowsIn(world.registered, dir).filter((path) => !files.has(path)),
      });
    }
  }
  return plans;
}

const nothing = { pack: undefined, wanted: new Map(), kept: [], absent: [], files: new Map(), gone: [] };

function manifestRow({ files }, dir, state, ref) {
  const path = `${dir}/pack.yaml`;
  const one = files.get(path);
  const text = one === undefined || one.isHidden ? null : one.text;
  return new Map([[path, { state: one?.isHidden ? 'unreadable' : state, ref, text }]]);
}

/** A bad manifest keeps the whole pack. */
function planKept(world, dir) {
  const ref = packIn(world.registered, dir);
  const pack = ref && { ...world.registered.packs.get(ref), ref, status: 'degraded' };
  return { ...nothing, pack, files: manifestRow(world, dir, 'invalid', ref) };
}

function planOwn(world, dir, ref, isContested, rules) {
  const { registered } = world;
  const { wanted, kept, files } = judgePack(world, dir, ref);
  const manifest = manifestRow(world, dir, isContested ? 'conflict' : 'valid', ref);
  const { label } = world.files.get(`${dir}/pack.yaml`).says;
  const missing = liveRefs(registered).filter(
    (one) => packOf(one) === ref && !wanted.has(one) && !kept.has(one),
  );
  return {
    pack: { ref, by: 'root', dir, status: 'active', label },
    wanted,
    ...spare(registered, missing, rules, [...kept]),
    files: new Map([...files, ...manifest]),
    gone: [...registered.files.keys()].filter((path) => dirOf(path) === dir && !world.files.has(path)),
  };
}

/** Of what no file wants: what stays degraded, and what would go. */
function spare({ flows }, missing, rules, kept) {
  const stays = (ref) => flows.get(ref)?.isProtected === true || rules.spared.has(ref);
  return { kept: [...kept, ...missing.filter(stays)], absent: missing.filter((ref) => !stays(ref)) };
}

/** Packs whose directory is gone, or says it is another, and that nobody else claims; rows of directories that are gone. */
function planLost(world, claims, rules) {
  const { registered } = world;
  const plans = [];
  for (const [ref, row] of registered.packs) {
    const { dir, status } = row;
    if (status === 'retired' || isOfApi(row)) continue;
    const claim = claims.get(dir);
    const hasLeft = claim !== undefined && claim !== null && claim !== ref;
    if ((claim !== undefined && !hasLeft) || [...claims.values()].includes(ref)) continue;
    const missing = liveRefs(registered).filter((one) => packOf(one) === ref);
    plans.push({
      ...nothing,
      lost: ref,
      ...spare(registered, missing, rules, []),
      gone: hasLeft ? [] : rowsIn(registered, dir),
    });
  }
  for (const dir of new Set([...registered.files.keys()].map(dirOf)))
    if (!claims.has(dir)) plans.push({ ...nothing, gone: rowsIn(registered, dir) });
  return plans;
}

function rowsIn({ files }, dir) {
  return [...files.keys()].filter((path) => dirOf(path) === dir);
}

function apply({ registered }, plan, rules, held) {
  const { packs, flows, actions, files } = registered;
  const { ref, ...row } = plan.pack ?? {};
  if (ref !== undefined) packs.set(ref, row);
  for (const [wanted, meaning] of plan.wanted) serve(registered, wanted, meaning);
  const spared = plan.absent.filter((one) => held.has(one));
  for (const one of [...plan.kept, ...spared])
    for (const rows of [flows, actions])
      if (rows.get(one)?.status === 'active') rows.get(one).status = 'degraded';
  for (const one of plan.absent) if (!held.has(one)) retire(registered, one, rules.agreed.has(one));
  for (const path of plan.gone) files.delete(path);
  for (const [path, verdict] of plan.files) files.set(path, verdict);
  const stays = [...plan.kept, ...spared, ...guestsOf(registered, plan.lost)];
  if (plan.lost !== undefined && stays.length === 0) packs.get(plan.lost).status = 'retired';
  // A pack changes at once: what came was never there together with what went.
  countLive(registered);
}

function retire(registered, ref, isAgreed) {
  for (const rows of [registered.flows, registered.actions])
    if (rows.has(ref)) rows.get(ref).status = 'retired';
  if (!isAgreed) registered.lost.add(ref);
}

/** A good file is what is served, unless a pin stands over just this content. Id, history and overlays stay. */
function serve(registered, ref, { flow, action }) {
  const { flows, actions, lost } = registered;
  if (!isRefLive(registered, ref)) lost.delete(ref);
  actions.set(ref, { ...action, by: 'root', status: 'active' });
  if (flow !== undefined) {
    const fresh = { pinned: null, over: null, isEnabled: true, isProtected: false, history: [] };
    const row = { ...(flows.get(ref) ?? fresh), by: 'root' };
    const { path, content, text } = flow;
    if (row.pinned !== null && row.over === content) flows.set(ref, { ...row, status: 'active', path });
    else {
      const history = row.history.includes(content) ? row.history : [...row.history, content];
      flows.set(ref, { ...row, status: 'active', path, content, text, pinned: null, over: null, history });
    }
  }
}
