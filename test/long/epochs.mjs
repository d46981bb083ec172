// Whether two leaders ever wrote under one lease, by what the database remembers: the epoch in each row of catalog_change, and a log
// of every epoch that was given out, with the version that the registry had then.
//
//   await watchEpochs(sql);                    // once the schema is there, before the daemons that are to be judged begin
//   …
//   const { faults, commits, epochs, holders } = await readEpochs(sql);
//
// `sql` is a client of postgres.js on the database of the daemons; names are qualified. Faults are sentences, none when all is well:
//   - an epoch that was given to two holders, or given out after a higher one
//   - a change of an older epoch behind one of a newer epoch of its source
//   - a change of an epoch that was committed after the next epoch was given out, or before its own was
// Giving out an epoch waits for the applies of the one before, so the version in the log parts the two exactly.

/** Begins the log: a schema of its own and a trigger on the leases, which fires when an epoch is given out and not when one is renewed. */
export async function watchEpochs(sql, schema = 'packwatch') {
  await sql
    .unsafe(`
    create schema if not exists epoch_log;
    create table if not exists epoch_log.given (
      place bigint generated always as identity, source text not null, epoch bigint not null, holder text, version bigint not null);
    create or replace function epoch_log.note() returns trigger language plpgsql as $$
    begin
      insert into epoch_log.given (source, epoch, holder, version)
      select new.source, new.epoch, new.holder, v.version from ${schema}.catalog_version v;
      return null;
    end $$;
    create or replace trigger note_epoch after insert or update of epoch on ${schema}.source_lease
      for each row when (new.holder is not null) execute function epoch_log.note();
    insert into epoch_log.given (source, epoch, holder, version)
    select l.source, l.epoch, l.holder, v.version from ${schema}.source_lease l cross join ${schema}.catalog_version v
    where not exists (select from epoch_log.given);`)
    .simple();
}

/** What the log and the changes say so far; may be called while daemons write. */
export async function readEpochs(sql, schema = 'packwatch') {
  // One statement sees one moment.
  const [{ given, commits }] = await sql.unsafe(`
    select
      (select coalesce(json_agg(g order by g.place), '[]') from epoch_log.given g) as given,
      (select coalesce(json_agg(c order by c.version), '[]') from (
        select distinct c.version, c.source, c.epoch from ${schema}.catalog_change c where c.epoch is not null) c) as commits`);
  const faults = [...givenTwice(given), ...outOfTurn(given, commits), ...backwards(commits)];
  const distinct = (values) => new Set(values).size;
  return {
    faults,
    commits: commits.length,
    epochs: distinct(given.map(({ source, epoch }) => `${source} ${epoch}`)),
    holders: distinct(given.map(({ holder }) => holder)),
  };
}

function* givenTwice(given) {
  const last = new Map();
  for (const one of given) {
    const before = last.get(one.source);
    if (before !== undefined && one.epoch <= before.epoch)
      yield `${one.source}: epoch ${one.epoch} was given to ${one.holder} after epoch ${before.epoch} to ${before.holder}`;
    if (before === undefined || one.epoch > before.epoch) last.set(one.source, one);
  }
}

function* outOfTurn(given, commits) {
  const bySource = new Map();
  for (const one of given) bySource.set(one.source, [...(bySource.get(one.source) ?? []), one]);
  for (const { source, epoch, version } of commits) {
    const turns = bySource.get(source) ?? [];
    const own = turns.find((one) => one.epoch === epoch);
    const next = turns.find((one) => one.epoch > epoch);
    // What was written before the log began is not in it.
    if (own === undefined && next !== undefined && next === turns[0] && version <= next.version) continue;
    if (own === undefined)
      yield `${source}: version ${version} was written under epoch ${epoch}, which nobody was given`;
    else if (version <= own.version && own !== turns[0])
      yield `${source}: version ${version} was written under epoch ${epoch}, which was given out later, at ${own.version}`;
    if (next !== undefined && version > next.version)
      yield `${source}: version ${version} was written under epoch ${epoch} after epoch ${next.epoch} was given to ${next.holder} at version ${next.version}`;
  }
}

function* backwards(commits) {
  const last = new Map();
  for (const { source, epoch, version } of commits) {
    const before = last.get(source);
    if (before !== undefined && epoch < before.epoch)
      yield `${source}: version ${version} was written under epoch ${epoch} behind version ${before.version} under epoch ${before.epoch}`;
    else last.set(source, { epoch, version });
  }
}
