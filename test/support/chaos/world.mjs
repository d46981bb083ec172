// One root and what a registry that followed it would hold, as plain maps. `pass.mjs` makes the second follow the first.

/** `name` begins every pack ref, so that worlds may share a registry. `pruneMaxPercent` as PACKWATCH_PRUNE_MAX. */
export function createWorld({ name, pruneMaxPercent = 20 }) {
  return {
    name,
    pruneMaxPercent,
    refs: ['a', 'b', 'c'].map((letter) => `${name}${letter}`),
    /** `away`: the root is not there. */
    root: 'there',
    /** Path below the root → file (see texts.mjs). */
    files: new Map(),
    /** What lay there before the root was emptied. */
    stash: new Map(),
    registered: {
      /** Pack ref → { by, dir, status, label }; dir null: it is the API's. */
      packs: new Map(),
      /**
       * Ref → { by, status, path, content, text, pinned, over, isEnabled, isProtected, history }. `by`: the root or the API.
       * `content` is what is served, `over` what lay on disk when it was pinned, `text` of what is served, null where that is not
       * known.
       */
      flows: new Map(),
      /** Ref → { by, status, path, isWorkflow, label }. */
      actions: new Map(),
      /** Path → { state, text, ref }; text null: not read. */
      files: new Map(),
      /** { reason, state, refs, pending }, the latest last. */
      batches: [],
      /** Refs that went in the guard's window, are not back, and nobody agreed to. */
      lost: new Set(),
      /** The highest number that was live in that window. */
      highest: 0,
    },
  };
}

export function isLive(row) {
  return row !== undefined && row.status !== 'retired';
}

/** A row that a client wrote last, which is no business of the root's. */
export function isOfApi(row) {
  return row !== undefined && row.by === 'api';
}

/** True for a ref that the root has. */
export function isRefLive({ flows, actions }, ref) {
  return [flows.get(ref), actions.get(ref)].some((row) => isLive(row) && !isOfApi(row));
}

/** True for a ref that the API has. */
export function isRefOfApi({ flows }, ref) {
  return isLive(flows.get(ref)) && isOfApi(flows.get(ref));
}

/** Refs of a pack that the API has. */
export function guestsOf(registered, pack) {
  return [...registered.flows.keys()].filter((ref) => packOf(ref) === pack && isRefOfApi(registered, ref));
}

/** Every ref that is served for the root, sorted. */
export function liveRefs(registered) {
  const refs = new Set([...registered.flows.keys(), ...registered.actions.keys()]);
  return [...refs].filter((ref) => isRefLive(registered, ref)).sort();
}

export function packOf(ref) {
  return ref.slice(0, ref.indexOf('.'));
}

/** The window of the guard opens anew: what happened before it is forgotten. */
export function forgetWindow(registered) {
  registered.lost.clear();
  registered.highest = liveRefs(registered).length;
}

/** To be called whenever something has become live. */
export function countLive(registered) {
  registered.highest = Math.max(registered.highest, liveRefs(registered).length);
}

/** Directories that hold something. */
export function dirsOf(world) {
  return [...new Set([...world.files.keys()].map((path) => path.slice(0, path.indexOf('/'))))].sort();
}

/** The pack that a directory is registered for; where it holds two, the one its manifest was last seen to name. */
export function packIn({ packs, files }, dir) {
  const found = [...packs].filter(([, row]) => row.dir === dir && isLive(row)).map(([ref]) => ref);
  const named = files.get(`${dir}/pack.yaml`)?.ref;
  return found.find((ref) => ref === named) ?? found[0];
}
