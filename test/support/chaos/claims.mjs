// Contract 5.1: the files of one pack → which refs they want, which they keep, and the verdict on each file.
import { contentOf, dirOf, isGood, nameOf, placeOf, roleOf } from './texts.mjs';
import { isLive, isRefLive, isRefOfApi } from './world.mjs';

/**
 * Of a pack whose manifest is good: `wanted` (ref → { flow, action }), `kept` (refs that a bad file goes on serving) and
 * `files` (path → { state, ref, text }).
 */
export function judgePack(world, dir, packRef) {
  const { registered } = world;
  const files = new Map([...world.files].filter(([path]) => path.startsWith(`${dir}/`)));
  const of = (role) => [...files].filter(([path]) => roleOf(path) === role).sort(byPath);
  const view = { registered, files, dir, packRef, claims: [], refs: new Map(), faulty: new Set() };
  // A graph that actions name does not stand alone.
  const namers = new Map();
  for (const [path, one] of of('action'))
    for (const graph of graphsOf(view, path, one)) namers.set(graph, [...(namers.get(graph) ?? []), path]);
  for (const [path, one] of of('action')) claimOfAction(view, path, one);
  for (const [path, one] of of('workflow')) {
    const by = namers.get(path);
    if (by === undefined) claimOfWorkflow(view, path, one);
    else if (by.length === 1) view.refs.set(path, view.refs.get(by[0]));
  }
  return settle(view);
}

function byPath([a], [b]) {
  return a < b ? -1 : 1;
}

/** The graphs an action names; one that says nothing any more still has those it named last, or is registered with. */
function graphsOf(view, path, one) {
  const { registered, packRef } = view;
  const named = linksOf(view, path, one);
  if (isGood(one) || named.length > 0) return named;
  return refsAt(registered.actions, path, packRef)
    .map((ref) => registered.flows.get(ref))
    .filter(isLive)
    .map((row) => dirOf(path) + placeOf(row.path));
}

/** What the row of an action says that it names: of one that cannot be read, what it named when it could. */
function linksOf({ registered, dir }, path, one) {
  if (one.isHidden) return registered.files.get(path)?.links ?? [];
  return one.says.graph === undefined ? [] : [graphPath(dir, one)];
}

function graphPath(dir, { says }) {
  return `${dir}/actions/workflows/${says.graph}.yaml`;
}

/** A file is what it was though the directory of its pack has another name. Rows that nobody's file made have no path. */
function isSame(rowPath, path) {
  return rowPath !== null && placeOf(rowPath) === placeOf(path);
}

function refsAt(rows, path, packRef) {
  const isOf = ([ref, row]) => isLive(row) && isSame(row.path, path) && ref.startsWith(`${packRef}.`);
  return [...rows].filter(isOf).map(([ref]) => ref);
}

/** Refs that a file was registered for and still is. */
function registeredFor({ registered, packRef }, path) {
  return new Set([...refsAt(registered.actions, path, packRef), ...refsAt(registered.flows, path, packRef)]);
}

function claimOfAction(view, path, one) {
  const { packRef, files, dir, claims, refs } = view;
  const named = `${packRef}.${nameOf(path)}`;
  if (!isGood(one)) return keep(view, path, registeredFor(view, path), named);
  const ref = one.says.written ?? named;
  if (!ref.startsWith(`${packRef}.`)) {
    // A ref of another pack is an error of the action.
    view.faulty.add(path);
    return keep(view, path, registeredFor(view, path), named);
  }
  refs.set(path, ref);
  if (one.says.graph === undefined) return claims.push({ ref, path, graph: undefined, isGood: true });
  const graph = graphPath(dir, one);
  if (!files.has(graph)) {
    // Naming a graph that is not there is an error of the action.
    view.faulty.add(path);
    return keepSure(view, path, registeredFor(view, path), ref);
  }
  if (isGood(files.get(graph))) return claims.push({ ref, path, graph, isGood: true });
  for (const kept of registeredFor(view, path).add(ref)) claims.push({ ref: kept, path, isGood: false });
}

function claimOfWorkflow(view, path, one) {
  const ref = `${view.packRef}.${nameOf(path)}`;
  if (!isGood(one)) return keepSure(view, path, registeredFor(view, path), ref);
  view.refs.set(path, ref);
  view.claims.push({ ref, path, graph: path, isGood: true });
}

/** A file that says which ref it means claims that beside what it keeps. */
function keepSure({ claims, refs }, path, kept, ref) {
  refs.set(path, ref);
  for (const one of kept.add(ref)) claims.push({ ref: one, path, isGood: false });
}

/** An action too bad to say it keeps what it was last registered for; its name claims only where nothing else says more. */
function keep({ claims, refs, registered, files, packRef }, path, kept, named) {
  const before = registered.files.get(path);
  const one = files.get(path);
  // What it was listed under says so of bytes that nobody looks into again, or can.
  const isOld = one.isHidden || one.text === before?.text;
  const told = isOld && before?.ref?.startsWith(`${packRef}.`) ? before.ref : undefined;
  if (told !== undefined) kept.add(told);
  if (kept.size === 0) kept.add(named);
  refs.set(
    path,
    [told, before?.ref, named, ...[...kept].sort()].find((ref) => kept.has(ref)),
  );
  for (const ref of kept) claims.push({ ref, path, isGood: false });
}

function settle(view) {
  const { registered, files, claims, refs, faulty } = view;
  const wanted = new Map();
  const kept = new Set();
  const contested = new Set();
  for (const ref of [...new Set(claims.map((claim) => claim.ref))].sort()) {
    const group = claims.filter((claim) => claim.ref === ref).sort(byPlace);
    if (isRefOfApi(registered, ref)) {
      // What the API has goes on, and every good file that claims it is told.
      for (const { path, isGood } of group) if (isGood) contested.add(path);
      continue;
    }
    const winner = winnerOf(registered, ref, group);
    const losers = group.filter((claim) => claim.isGood && claim !== winner);
    for (const { path } of losers.length > 0 ? [winner, ...losers] : []) contested.add(path);
    if (winner.isGood) wanted.set(ref, meaningOf(files, winner));
    else if (isRefLive(registered, ref)) kept.add(ref);
  }
  const verdicts = new Map();
  for (const [path, one] of files) {
    const isFine = isGood(one) && !faulty.has(path);
    const fine = contested.has(path) ? 'conflict' : 'valid';
    const state = one.isHidden ? 'unreadable' : isFine ? fine : 'invalid';
    const text = one.isHidden ? null : one.text;
    verdicts.set(path, { state, ref: refs.get(path), text, links: linksOf(view, path, one) });
  }
  return { wanted, kept, files: verdicts };
}

/** The incumbent and its own edits go on; without one the first good file by place. */
function winnerOf({ flows, actions }, ref, group) {
  const served = [actions.get(ref), flows.get(ref)].filter(isLive);
  for (const { path } of served) {
    const incumbent = group.find((claim) => isSame(claim.path, path));
    if (incumbent) return incumbent;
  }
  return group.find((claim) => claim.isGood) ?? group[0];
}

/** `actions/workflows/`, then `workflows/`, then byte order of the path. */
function byPlace(a, b) {
  const place = ({ path }) =>
    /^[^/]+\/actions\/workflows\//.test(path) ? 0 : /^[^/]+\/workflows\//.test(path) ? 1 : 2;
  return place(a) - place(b) || (a.path < b.path ? -1 : 1);
}

function meaningOf(files, { path, graph }) {
  const named = files.get(path);
  const action = { path, isWorkflow: graph !== undefined, label: named.says.label };
  if (graph === undefined) return { flow: undefined, action };
  const { says, text } = files.get(graph);
  return { flow: { path: graph, content: contentOf(says.label, named.says.description), text }, action };
}
