// Postgres → the registry's rows as one snapshot, and what must hold among them whatever lies on disk.
import { createHash } from 'node:crypto';

/** Every row that the oracle looks at, read in one transaction. `source` undefined: of all sources. */
export async function readRows(sql, schema, source) {
  const own = source === undefined ? sql`true` : sql`source = ${source}`;
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const table = (name) => tx`${tx(schema)}.${tx(name)}`;
    return {
      packs: await tx`select * from ${table('pack')} where ${own}`,
      workflows: await tx`select * from ${table('workflow_definition')} where ${own}`,
      actions: await tx`select * from ${table('action')} where ${own}`,
      files: await tx`select * from ${table('pack_file')} where ${own}`,
      revisions: await tx`select workflow_definition, number, revision from ${table('workflow_revision')}
        order by workflow_definition, number`,
      changes: await tx`select version, position, ref, verb, number from ${table('catalog_change')}
        where ${own} order by version, position`,
      version: (await tx`select version from ${table('catalog_version')}`)[0]?.version,
    };
  });
}

/** Items by what `keyOf` gives for them, in order. */
export function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Each broken rule of the registry itself as a sentence. */
export function inconsistencies(rows) {
  return [...histories(rows), ...served(rows), ...companions(rows), ...changes(rows)];
}

/** Numbered 1 to n without a gap, each revision once, the served one among them. */
function histories({ workflows, revisions }) {
  const found = [];
  const byId = groupBy(revisions, (row) => String(row.workflow_definition));
  for (const { id, ref, revision, last_number } of workflows) {
    const history = byId.get(String(id)) ?? [];
    if (history.some((row, at) => row.number !== at + 1) || history.length !== last_number)
      found.push(`${ref}: its history is numbered ${history.map((row) => row.number)} of ${last_number}`);
    if (new Set(history.map((row) => row.revision)).size !== history.length)
      found.push(`${ref}: its history holds one revision twice`);
    if (!history.some((row) => row.revision === revision))
      found.push(`${ref}: the revision it serves is not in its history`);
  }
  return found;
}

/** What a row says of its text is true of its text. */
function served({ workflows }) {
  const found = [];
  for (const row of workflows) {
    if (row.file_digest === null || row.pinned_revision !== null) continue;
    if (createHash('sha256').update(row.source_text).digest('hex') !== row.file_digest)
      found.push(`${row.ref}: its text is not that of its digest`);
    if (row.definition.label !== row.label || row.definition.version !== row.version)
      found.push(`${row.ref}: its columns differ from its definition`);
  }
  return found;
}

/** A workflow and the action it is called as live and die together, in a pack that lives. */
function companions({ packs, workflows, actions }) {
  const found = [];
  const byRef = new Map(actions.map((row) => [row.ref, row]));
  const byPack = new Map(packs.map((row) => [row.ref, row]));
  for (const row of workflows) {
    const action = byRef.get(row.ref);
    if (row.status === 'retired') {
      // A ref that went over from a graph to a plain action has a retired definition and a live action.
      if (action?.workflow_def === row.id && action.status !== 'retired')
        found.push(`${row.ref}: it is retired and can still be called`);
    } else if (action?.workflow_def !== row.id || action.status !== row.status)
      found.push(`${row.ref}: it is ${row.status}, its action ${action?.status ?? 'not there'}`);
  }
  for (const { ref, pack_ref, status } of [...workflows, ...actions])
    if (status !== 'retired' && (byPack.get(pack_ref)?.status ?? 'retired') === 'retired')
      found.push(`${ref}: it is ${status}, its pack is retired`);
  return found;
}

/** The change log tells of every ref what became of it last. */
function changes({ workflows, actions, changes: log, version }) {
  const found = [];
  const last = new Map();
  for (const change of log) if (change.verb !== 'rejected') last.set(change.ref, change);
  for (const [at, { version: of, position }] of log.entries()) {
    const before = log[at - 1];
    const isNext = before?.version === of ? position === before.position + 1 : position === 1;
    if (!isNext) found.push(`change ${of}.${position}: the one before it is missing`);
    if (BigInt(of) > BigInt(version)) found.push(`change ${of}: the catalogue is only at ${version}`);
  }
  const live = new Set(
    [...workflows, ...actions].filter((row) => row.status !== 'retired').map((row) => row.ref),
  );
  for (const ref of new Set([...workflows, ...actions].map((row) => row.ref))) {
    const verb = last.get(ref)?.verb;
    if (verb === undefined) found.push(`${ref}: the change log never named it`);
    else if ((verb === 'retired') === live.has(ref))
      found.push(`${ref}: the change log ends with ${verb}, it is ${live.has(ref) ? 'live' : 'retired'}`);
  }
  const statuses = new Map([...actions, ...workflows].map((row) => [row.ref, row.status]));
  for (const [ref, { verb }] of last)
    if (verb === 'degraded' && statuses.get(ref) === 'active')
      found.push(`${ref}: the change log ends with degraded, it is active`);
  return found;
}
