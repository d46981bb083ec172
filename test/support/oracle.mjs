// A second opinion: what the files of a root say, read by another parser, against what Postgres holds.
// It shares no line with src/; where the contract leaves a choice (which of two claimants serves) it takes either.
import { readDisk } from './oracle-disk.mjs';
import { groupBy, inconsistencies, readRows } from './oracle-rows.mjs';

/** See oracle.d.mts. */
export function createOracle({ root, sql, source, schema = 'packwatch', judge, remembers = false }) {
  let known = new Map();
  return {
    async differences() {
      const packs = readDisk(root, judge);
      const rows = inPlace(await readRows(sql, schema, source));
      const found = [...inconsistencies(rows), ...compare(packs, rows, known)];
      if (found.length === 0 && remembers) known = remember(rows, packs);
      return found;
    },
    forget(path) {
      const isGone = (one) => one === path || one?.startsWith(`${path}/`);
      for (const [ref, paths] of known) if (paths.some(isGone)) known.delete(ref);
    },
  };
}

const isLive = (row) => row !== undefined && row.status !== 'retired';

/** What was broken when its directory got another name is where it was, in the directory of today: a file is its place in the pack. */
function inPlace(rows) {
  const dirs = new Map(rows.packs.filter(isLive).map((row) => [row.ref, row.source_path]));
  const move = (row) => {
    const dir = row.status === 'degraded' && row.source_path !== null ? dirs.get(row.pack_ref) : undefined;
    return dir == null ? row : { ...row, source_path: row.source_path.replace(/^[^/]*/, dir) };
  };
  return { ...rows, workflows: rows.workflows.map(move), actions: rows.actions.map(move) };
}

/** Refs that are served, each with the files it needs. What is served for a broken manifest alone ends with it. */
function remember({ workflows, actions }, packs) {
  const known = new Map();
  for (const { ref, status, source_path } of [...workflows, ...actions])
    if (status !== 'retired') known.set(ref, [...(known.get(ref) ?? []), source_path]);
  const files = new Set([...packs.values()].flatMap((pack) => [...pack.files.keys()]));
  for (const [ref, paths] of known) if (!paths.every((path) => files.has(path))) known.delete(ref);
  return known;
}

function compare(packs, rows, known) {
  const view = {
    packs,
    known,
    rows,
    packRows: new Map(rows.packs.map((row) => [row.ref, row])),
    workflows: new Map(rows.workflows.map((row) => [row.ref, row])),
    actions: new Map(rows.actions.map((row) => [row.ref, row])),
    files: new Map(rows.files.map((row) => [row.path, row])),
    /** Refs that something on disk accounts for. */
    accounted: new Set(),
    found: [],
  };
  const claimed = groupBy(
    [...packs.values()].filter((pack) => pack.isGood),
    (pack) => pack.ref,
  );
  for (const [ref, group] of claimed) comparePack(view, ref, group);
  for (const pack of packs.values()) if (!pack.isGood) compareKept(view, pack);
  compareLeft(view, claimed);
  return view.found;
}

/** A pack whose manifest is good; of two directories with one ref the registered one counts. */
function comparePack(view, ref, group) {
  const row = view.packRows.get(ref);
  const incumbent = view.packs.get(row?.source_path);
  // A pack whose manifest was broken after it was registered stands before any newcomer.
  if (isLive(row) && incumbent && !incumbent.isGood) return;
  const pack = group.find((one) => one.dir === row?.source_path);
  if (!pack || !isLive(row)) {
    view.found.push(`pack ${ref}: no directory of it is registered (${group.map((one) => one.dir)})`);
    return;
  }
  const { label = ref, version } = pack.manifest.value;
  if (row.status !== 'active' || row.label !== String(label) || row.version !== version)
    view.found.push(`pack ${ref}: it is not what ${pack.manifest.path} says (${row.status})`);
  const claims = claimsOf(view, pack);
  for (const [claimedRef, claimants] of claims) compareRef(view, claimedRef, claimants);
  compareFiles(view, pack, claims);
}

/** Ref → files that claim it, each `{ file, graph, isGood, paths }`. A bad file also claims what it is registered for. */
function claimsOf(view, pack) {
  const claims = new Map();
  const add = (ref, file, graph, isGood) => {
    const claim = { file, graph, isGood, paths: [file.path, graph?.path] };
    claims.set(ref, [...(claims.get(ref) ?? []), claim]);
  };
  const files = [...pack.files.values()];
  const linked = new Set();
  for (const action of files.filter((file) => file.role === 'action')) {
    const graph = pack.files.get(action.graph);
    if (action.isGood && graph) linked.add(graph.path);
    if (action.isGood) add(action.ref, action, graph, graph?.isGood !== false);
    else for (const path of keptGraphs(view, action)) linked.add(path);
    if (!action.isGood || graph?.isGood === false)
      for (const ref of keptRefs(view, action))
        if (!action.isGood || ref !== action.ref) add(ref, action, graph, false);
  }
  for (const file of files.filter((one) => one.role === 'workflow' && !linked.has(one.path))) {
    const declared = file.value?.ref;
    const isGood = file.isGood && (declared === undefined || declared === file.ref);
    if (isGood) add(file.ref, file, file, true);
    else for (const ref of keptRefs(view, file)) add(ref, file, file, false);
  }
  return claims;
}

function keptRefs({ workflows, actions }, file) {
  const refs = new Set([file.ref]);
  for (const rows of [workflows, actions])
    for (const [ref, row] of rows) if (isLive(row) && row.source_path === file.path) refs.add(ref);
  return refs;
}

/** Graphs that a bad action was registered with: they do not stand alone. */
function keptGraphs({ workflows, actions }, action) {
  return [...actions.values()]
    .filter((row) => isLive(row) && row.source_path === action.path && isLive(workflows.get(row.ref)))
    .map((row) => workflows.get(row.ref).source_path);
}

function compareRef(view, ref, claimants) {
  view.accounted.add(ref);
  const workflow = view.workflows.get(ref);
  const action = view.actions.get(ref);
  const row = isLive(workflow) ? workflow : action;
  const good = claimants.filter((claim) => claim.isGood);
  const bad = claimants.filter((claim) => !claim.isGood);
  const names = claimants.map((claim) => claim.file.path).join(', ');
  const keeps = bad.some(
    ({ paths }) => paths.includes(row?.source_path) || paths.includes(action?.source_path),
  );
  if (isLive(row) && keeps) {
    if (row.status !== 'degraded') view.found.push(`${ref}: ${names} is bad and it is ${row.status}`);
    return;
  }
  if (good.length > 0) {
    const differences = good.map((claim) => compareClaim(claim, workflow, action));
    if (differences.every((one) => one !== undefined))
      view.found.push(`${ref}: ${differences[0]} (${names})`);
    return;
  }
  // A bad file keeps the ref it claims, also where it lies elsewhere than the good one that was served.
  if (isLive(row) && row.status !== 'degraded')
    view.found.push(`${ref}: ${names} is bad and it is ${row.status}`);
  else if (isLive(row)) return;
  else if (view.known.has(ref)) view.found.push(`${ref}: it was lost when ${names} broke`);
}

/** The first thing in which rows differ from what a good file says; undefined: none. */
function compareClaim({ file, graph }, workflow, action) {
  if (!isLive(action)) return `${file.path} is good and not registered`;
  if (action.status !== 'active') return `${file.path} is good and its action is ${action.status}`;
  if (action.source_path !== file.path) return `its action comes from ${action.source_path}`;
  if (!graph) return isLive(workflow) ? 'a plain action has a definition' : compareLabel(file, action);
  if (!isLive(workflow)) return `${graph.path} is good and not registered`;
  if (workflow.status !== 'active') return `${graph.path} is good and it is ${workflow.status}`;
  if (workflow.source_path !== graph.path) return `it comes from ${workflow.source_path}`;
  if (workflow.pinned_revision !== null) return undefined;
  if (workflow.file_digest !== graph.digest) return `it is not served as ${graph.path} stands`;
  if (workflow.source_text !== graph.text) return 'its text is not that of its file';
  const label = graph.value.label ?? (file.role === 'action' ? file.value.label : undefined);
  if (label !== undefined && workflow.label !== String(label)) return `its label is ${workflow.label}`;
  if (workflow.version !== String(graph.value.version)) return `its version is ${workflow.version}`;
  const tasks = workflow.definition.tasks.map((task) => task.name).join();
  if (tasks !== graph.value.tasks.map((task) => task.name).join()) return `its tasks are ${tasks}`;
  return file.role === 'action' ? compareLabel(file, action) : undefined;
}

function compareLabel(file, action) {
  const { label } = file.value;
  return label === undefined || action.label === String(label)
    ? undefined
    : `its action's label is ${action.label}`;
}

/** Every file of a good pack has its row. */
function compareFiles({ files, found }, pack, claims) {
  const contested = new Set(
    [...claims.values()]
      .filter((group) => group.length > 1)
      .flatMap((group) => group.map((one) => one.file.path)),
  );
  for (const { path, digest, isGood, reads, role, value, ref } of pack.files.values()) {
    const row = files.get(path);
    if (!row) {
      found.push(`${path}: it has no row`);
      continue;
    }
    if (reads && row.digest !== digest) found.push(`${path}: its row is of other bytes`);
    // A graph that declares a ref is judged by who links it; a rival decides about the manifest.
    if (role === 'manifest' || (role === 'workflow' && value?.ref !== undefined && value.ref !== ref))
      continue;
    const isValid = row.state === 'valid' || (row.state === 'conflict' && contested.has(path));
    if (isValid !== isGood) found.push(`${path}: it is ${isGood ? 'good' : 'bad'} and its row ${row.state}`);
  }
}

/** A directory whose manifest is bad keeps what is registered for it. */
function compareKept({ packRows, workflows, actions, accounted, known, found, files }, pack) {
  const row = [...packRows.values()].find((one) => isLive(one) && one.source_path === pack.dir);
  const { manifest } = pack;
  if (manifest?.reads && files.get(manifest.path)?.digest !== manifest.digest)
    found.push(`${manifest.path}: its row is of other bytes`);
  if (row && row.status !== 'degraded')
    found.push(`pack ${row.ref}: its manifest is bad and it is ${row.status}`);
  for (const [ref, paths] of known)
    if (
      paths.some((path) => path?.startsWith(`${pack.dir}/`)) &&
      !isLive(workflows.get(ref) ?? actions.get(ref))
    )
      found.push(`${ref}: it was lost when the manifest of ${pack.dir} broke`);
  if (!row) return;
  for (const one of [...workflows.values(), ...actions.values()])
    if (one.pack_ref === row.ref) accounted.add(one.ref);
}

/** Rows that nothing on disk accounts for. */
function compareLeft({ packs, rows, accounted, packRows, found }, claimed) {
  for (const row of [...rows.workflows, ...rows.actions])
    if (row.source !== 'api' && isLive(row) && !accounted.has(row.ref))
      found.push(`${row.ref}: it is ${row.status} and nothing on disk claims it`);
  for (const row of packRows.values())
    if (row.source !== 'api' && isLive(row) && !claimed.has(row.ref) && !packs.has(row.source_path))
      found.push(`pack ${row.ref}: it is ${row.status} and its directory is gone`);
  for (const { path } of rows.files) {
    const pack = packs.get(path.slice(0, path.indexOf('/')));
    const isKept = pack && !pack.isGood;
    if (!isKept && !pack?.files.has(path)) found.push(`${path}: it has a row and is not there`);
  }
}
