// What a world has registered, and what Postgres holds for it, as lines that can be put beside each other.
import { createHash } from 'node:crypto';

const digestOf = (text) =>
  text === null ? null : createHash('sha256').update(text).digest('hex').slice(0, 8);

/** Everything of all sources, read by one statement, with the changes after `since`. */
export async function readAll(sql, since) {
  const [{ all }] = await sql`
    select jsonb_build_object(
      'version', (select version from packwatch.catalog_version),
      'told', (select count(*) from packwatch.catalog_change where version <= ${since}),
      'packs', (select coalesce(jsonb_agg(to_jsonb(p)), '[]') from (
        select source, ref, status, source_path, label from packwatch.pack) p),
      'flows', (select coalesce(jsonb_agg(to_jsonb(w)), '[]') from (
        select w.id, w.source, w.ref, w.status, w.source_path, left(w.file_digest, 8) as digest, w.enabled, w.protected,
          concat(w.definition ->> 'label', '/', w.definition ->> 'description') as content,
          (select concat(r.definition ->> 'label', '/', r.definition ->> 'description') from packwatch.workflow_revision r
            where r.workflow_definition = w.id and r.revision = w.pinned_revision) as pinned,
          (select concat(r.definition ->> 'label', '/', r.definition ->> 'description') from packwatch.workflow_revision r
            where r.workflow_definition = w.id and r.revision = w.pinned_over) as over,
          (select coalesce(jsonb_agg(jsonb_build_array(r.number,
              concat(r.definition ->> 'label', '/', r.definition ->> 'description')) order by r.number), '[]')
            from packwatch.workflow_revision r where r.workflow_definition = w.id) as history
        from packwatch.workflow_definition w) w),
      'actions', (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from (
        select source, ref, status, source_path, workflow_def is not null as is_workflow, label from packwatch.action) a),
      'files', (select coalesce(jsonb_agg(to_jsonb(f)), '[]') from (
        select source, path, state, left(digest, 8) as digest from packwatch.pack_file) f),
      'batches', (select coalesce(jsonb_agg(to_jsonb(b)), '[]') from (
        select source, id, reason, state, pending from packwatch.held_batch where pending <> '{}') b),
      'changes', (select coalesce(jsonb_agg(to_jsonb(c) order by c.version, c.position), '[]') from (
        select version, position, pack_ref, ref, verb from packwatch.catalog_change where version > ${since}) c)
    ) as all`;
  return all;
}

/** True for the rows of a world: its root's, and what clients write into the packs of its refs. */
export function isOf({ source, world }) {
  return (row) =>
    row.source === source || (row.source === 'api' && world.refs.includes((row.ref ?? '').split('.')[0]));
}

const byOf = ({ source }) => (source === 'api' ? 'api' : 'root');

/** The rows of one world as lines, each with a name of its own. */
export function linesOfRows(all, isOwn) {
  const lines = new Map();
  const own = (rows) => rows.filter(isOwn);
  for (const { ref, source, status, source_path } of own(all.packs))
    lines.set(`pack ${ref}`, status === 'retired' ? status : `${status} ${byOf({ source })} ${source_path}`);
  for (const row of own(all.flows)) {
    const overlays = `${row.enabled} ${row.protected} ${row.pinned} ${row.over}`;
    lines.set(
      `workflow ${row.ref}`,
      `${row.status} ${byOf(row)} ${row.source_path} ${row.content} ${overlays} ${row.digest}`,
    );
  }
  for (const row of own(all.actions)) {
    const what = row.is_workflow ? 'workflow' : row.label;
    lines.set(`action ${row.ref}`, `${row.status} ${byOf(row)} ${row.source_path} ${what}`);
  }
  for (const { path, state, digest } of own(all.files)) lines.set(`file ${path}`, `${state} ${digest}`);
  for (const { reason, state, pending } of own(all.batches))
    lines.set(`batch ${reason} ${state} ${pending.join()}`, '');
  return lines;
}

/** The same of what the model holds. */
export function linesOfWorld({ registered }) {
  const lines = new Map();
  for (const [ref, { by, dir, status }] of registered.packs)
    lines.set(`pack ${ref}`, status === 'retired' ? status : `${status} ${by} ${dir}`);
  for (const [ref, row] of registered.flows) {
    const overlays = `${row.isEnabled} ${row.isProtected} ${row.pinned} ${row.over}`;
    const line = `${row.status} ${row.by} ${row.path} ${row.content} ${overlays} ${digestOf(row.text)}`;
    lines.set(`workflow ${ref}`, line);
  }
  for (const [ref, { by, status, path, isWorkflow, label }] of registered.actions)
    lines.set(`action ${ref}`, `${status} ${by} ${path} ${isWorkflow ? 'workflow' : label}`);
  for (const [path, { state, text }] of registered.files)
    lines.set(`file ${path}`, `${state} ${digestOf(text)}`);
  for (const { reason, state, pending } of registered.batches)
    if (pending.length > 0) lines.set(`batch ${reason} ${state} ${pending.join()}`, '');
  return lines;
}

/** One sentence for each line in which the two differ. */
export function differencesOf(wanted, found) {
  const names = [...new Set([...wanted.keys(), ...found.keys()])].sort();
  return names
    .filter((name) => wanted.get(name) !== found.get(name))
    .map(
      (name) => `${name}: "${found.get(name) ?? 'not there'}" and not "${wanted.get(name) ?? 'not there'}"`,
    );
}

/** The label of contents that may have been served for a moment, or not. */
export const fleeting = 'L9';

/**
 * Ids, histories and the change log of one source as they go on: what is wrong with the next state. What was seen is remembered, and
 * the model takes over what the history holds of fleeting contents.
 */
export function createChronicle() {
  const ids = new Map();
  const histories = new Map();
  const told = new Map();
  const of = (ref) => {
    if (!told.has(ref))
      told.set(ref, { isLive: false, status: 'retired', enabled: true, protected: false, pinned: false });
    return told.get(ref);
  };
  const verbs = {
    registered: { isLive: true, status: 'active' },
    recovered: { status: 'active' },
    degraded: { status: 'degraded' },
    retired: { isLive: false, status: 'retired' },
    enabled: { enabled: true },
    disabled: { enabled: false },
    protected: { protected: true },
    unprotected: { protected: false },
    pinned: { pinned: true },
    unpinned: { pinned: false },
  };
  return {
    /** Somebody deleted a row with all it had, or made one. */
    forget(ref, isThere) {
      for (const map of [ids, histories, told]) map.delete(ref);
      if (isThere) Object.assign(of(ref), verbs.registered);
    },
    tell({ ref, verb }) {
      Object.assign(of(ref), verbs[verb] ?? {});
    },
    compare(world, flows, actions) {
      const found = [];
      for (const { id, ref, history } of flows) {
        if ((ids.get(ref) ?? id) !== id) found.push(`${ref}: its id was ${ids.get(ref)} and is ${id}`);
        ids.set(ref, id);
        found.push(
          ...compareHistory(ref, history, histories.get(ref) ?? [], world.registered.flows.get(ref)),
        );
        histories.set(ref, history);
      }
      const rows = new Map([...actions, ...flows].map((row) => [row.ref, row]));
      for (const [ref, row] of rows) {
        const { isLive, ...last } = of(ref);
        const flow = flows.find((one) => one.ref === ref);
        // A ref that has become a plain action leaves a retired definition behind.
        const status =
          flow && actions.some((one) => one.ref === ref && one.status !== 'retired')
            ? actions.find((one) => one.ref === ref).status
            : row.status;
        if (last.status !== status || isLive !== (status !== 'retired'))
          found.push(`${ref}: the change log ends with ${last.status}, it is ${status}`);
        if (
          flow &&
          (last.enabled !== flow.enabled ||
            last.protected !== flow.protected ||
            last.pinned !== (flow.pinned !== null))
        )
          found.push(`${ref}: the change log says ${JSON.stringify(last)}`);
      }
      return found;
    },
  };
}

function compareHistory(ref, history, before, row) {
  const found = [];
  if (history.some(([number], at) => number !== at + 1))
    found.push(`${ref}: its history is ${JSON.stringify(history)}`);
  if (JSON.stringify(history.slice(0, before.length)) !== JSON.stringify(before))
    found.push(`${ref}: its history was ${JSON.stringify(before)} and is ${JSON.stringify(history)}`);
  const contents = history.map(([, content]) => content);
  if (new Set(contents).size !== contents.length) found.push(`${ref}: a revision is twice in ${contents}`);
  const wanted = row?.history ?? [];
  const isWanted = (content) => wanted.includes(content) || content.startsWith(`${fleeting}/`);
  if (!contents.every(isWanted) || !wanted.every((content) => contents.includes(content)))
    found.push(`${ref}: its history is ${contents} and not ${wanted}`);
  if (row) row.history = contents;
  return found;
}
