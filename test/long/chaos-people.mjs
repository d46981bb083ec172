// Steps of the model on a real registry: what people ask for by the functions that endpoints call, what they do by hand, and time.

const overwrites = {
  label: (sql, ref) => sql`update packwatch.workflow_definition set label = 'by hand' where ref = ${ref}`,
  definition: (sql, ref) =>
    sql`update packwatch.workflow_definition set definition = '{"label": "by hand"}', tags = '{hand}' where ref = ${ref}`,
  digest: (sql, ref) =>
    sql`update packwatch.workflow_definition set status = 'degraded', file_digest = repeat('0', 64) where ref = ${ref}`,
  action: (sql, ref) =>
    sql`update packwatch.action set label = 'by hand', source_path = 'x/y' where ref = ${ref}`,
};

async function insert(sql, source, { ref, packRef }) {
  await sql`
    insert into packwatch.workflow_definition
      (ref, pack, pack_ref, label, version, definition, revision, source, source_text)
    select ${ref}, p.id, p.ref, 'hand', '1.0.0', '{"label": "hand"}', repeat('0', 64), ${source}, ''
    from packwatch.pack p where p.ref = ${packRef}`;
}

/** One statement: a row is gone with all it had, or nothing is. */
async function erase(sql, { ref }) {
  await sql.unsafe(`
    delete from packwatch.action where ref = '${ref}';
    delete from packwatch.workflow_revision where workflow_definition =
      (select id from packwatch.workflow_definition where ref = '${ref}');
    delete from packwatch.workflow_definition where ref = '${ref}'`);
}

async function decide(sql, source, { reason, refs, verdict }) {
  const [batch] = await sql`
    select id from packwatch.held_batch
    where source = ${source} and reason = ${reason} and state = 'open' and pending = ${refs}::text[]`;
  if (!batch) throw new Error(`${source} has no open batch of ${refs}`);
  return sql`select packwatch.decide_batch(${batch.id}, ${verdict}) as answer`;
}

/** Gives up what a root left behind; false while somebody leads it still. */
export async function forgetSource(sql, source, { number }) {
  const [{ answer }] = await sql`select packwatch.forget_source(${source}, ${number}) as answer`;
  if (answer.refused !== undefined && answer.refused !== 'led')
    throw new Error(`${source} with ${number} is not forgotten: ${JSON.stringify(answer)}`);
  return answer.refused === undefined;
}

/** Carries a step out and tells the chronicle what no change log can know. False: the step is none of these. */
export async function carryOutPeople(sql, source, chronicle, step) {
  const { ref } = step;
  const answers = await (async () => {
    switch (step.do) {
      case 'overlay':
        return sql`select packwatch.set_overlay(${ref}, ${step.verb}) as answer`;
      case 'pin':
        return sql`select packwatch.roll_back(${ref}, ${step.number}) as answer`;
      case 'unpin':
        return sql`select packwatch.unpin(${ref}) as answer`;
      case 'decide':
        return decide(sql, source, step);
      case 'overwrite':
        return overwrites[step.what](sql, ref);
      case 'erase':
        chronicle.forget(ref, false);
        return erase(sql, step);
      case 'insert':
        chronicle.forget(ref, true);
        return insert(sql, source, step);
      case 'age':
        return sql`update packwatch.catalog_change set at = at - interval '11 minutes' where source = ${source}`;
      default:
        return undefined;
    }
  })();
  const answer = answers?.[0]?.answer;
  if (answer?.refused || answer?.changed === false)
    throw new Error(`${step.do} of ${ref ?? step.refs}: ${JSON.stringify(answer)}`);
}
