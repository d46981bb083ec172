-- What people decide about definitions: held removals, pins, overlays; and what is forgotten in the end.
-- Locks: access exclusive on catalog_change and held_batch for their new columns (no rewrite), share on workflow_definition,
-- action and catalog_change while their small indexes are built, share row exclusive on workflow_revision for its trigger.

alter table catalog_change add column batch text;
comment on column catalog_change.batch is 'Of a removal that a person agreed to: the held batch, or ''forget''. The guard does not count those.';
create index catalog_change_source_index on catalog_change (source, at);

alter table held_batch add column pending text[] not null default '{}';
comment on column held_batch.pending is 'Those of refs that are still served and whose files have not come back: what the batch is about now.';
comment on column held_batch.reason is 'threshold: too much would go at once; root_empty: nothing at all is left under the root.';
create index held_batch_pending_index on held_batch (source) where pending <> '{}';

create index workflow_definition_degraded_index on workflow_definition (source) where status = 'degraded';
create index action_degraded_index on action (source) where status = 'degraded';
create index workflow_definition_drifted_index on workflow_definition (pack) where drifted;
create index action_drifted_index on action (pack) where drifted;

-- Removals that wait for a person -----------------------------------------------------------------------------------------

create function holds_lease(this_source text, this_epoch bigint) returns boolean
language plpgsql set search_path from current set lock_timeout = '5s' as $$
begin
  perform from source_lease l
    where l.source = this_source and l.epoch = this_epoch and l.expires_at > clock_timestamp()
    for key share;
  return found;
end $$;
comment on function holds_lease(text, bigint) is 'True for the writer of a source; nobody takes the lease over before the transaction ends.';

-- What a transaction takes, in this order: the lease's row for key share, the pack, its definitions, the batches, and last of all
-- the lease's row again, to ask for a scan. A renewal waits for none of it but that end.
create function share_lease(this_source text) returns void
language sql set search_path from current
begin atomic
  select from source_lease l where l.source = this_source for key share;
end;
comment on function share_lease(text) is 'Keeps the lease from being taken over before the transaction ends; whoever holds it may go on renewing it.';

create function ask_scan(this_source text) returns bigint
language sql set search_path from current
begin atomic
  select pg_notify(current_schema() || '_scan', this_source);
  update source_lease l set scan_requested = l.scan_requested + 1 where l.source = this_source returning l.scan_requested;
end;
comment on function ask_scan(text) is
  'Asks the writer of a source, on whatever host it runs, to look at all of it; returns the number it is done under, null for a source nobody ever led.';

create function lock_batches(this_source text) returns void
language plpgsql set search_path from current as $$
begin
  -- Their rows will not do: who waits for one that is replaced by another never sees the other.
  perform pg_advisory_xact_lock(hashtextextended(format('%s held %s', current_schema(), this_source), 0));
end $$;
comment on function lock_batches(text) is 'Whoever replaces batches of a source does so alone; the batches are to be read after this.';

create function new_batch(this_source text, why text, wanted text[], out_of integer, with_state text) returns text
language sql set search_path from current
begin atomic
  insert into held_batch (id, source, reason, refs, pending, of, state, decided)
  values (substr(md5(this_source || clock_timestamp()::text || array_to_string(wanted, ' ')), 1, 12), this_source, why,
    wanted, wanted, out_of, with_state, case when with_state <> 'open' then now() end)
  returning id;
end;
comment on function new_batch(text, text, text[], integer, text) is 'Opens a batch of removals; returns its id, which no other set of refs ever has.';

create function hold_removals(this_source text, this_epoch bigint, why text, wanted text[], out_of integer) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  batch held_batch;
  everything text[];
begin
  if not holds_lease(this_source, this_epoch) then
    return jsonb_build_object('refused', 'lease');
  end if;
  perform lock_batches(this_source);
  select * into batch from held_batch b
    where b.source = this_source and b.reason = why and b.state = 'open' order by b.id limit 1 for update;
  select array_agg(distinct r order by r) into everything from unnest(batch.pending || wanted) r;
  if batch.id is not null and everything = batch.pending then
    return jsonb_build_object('batch', batch.id);
  end if;
  if batch.id is not null then
    update held_batch b set state = 'expired', pending = '{}', decided = now() where b.id = batch.id;
  end if;
  return jsonb_build_object('batch', new_batch(this_source, why, everything, out_of, 'open'));
end $$;
comment on function hold_removals(text, bigint, text, text[], integer) is
  'Adds refs to the open batch of a source; as the set becomes another, so does the id.';

create function expire_batches(this_source text, this_epoch bigint, why text) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
begin
  if not holds_lease(this_source, this_epoch) then
    return jsonb_build_object('refused', 'lease');
  end if;
  perform lock_batches(this_source);
  update held_batch b set state = case when b.state = 'approved' then 'approved' else 'expired' end, pending = '{}',
    decided = coalesce(b.decided, now())
  where b.source = this_source and b.reason = why and b.pending <> '{}';
  return '{}';
end $$;
comment on function expire_batches(text, bigint, text) is 'Ends what is pending of a source''s batches of one reason: the files came back.';

-- The transaction that writes a file's row or retires a ref is the one that takes the ref out of its batch: no crash can come between.
-- Of other packs nothing is settled: what is held there may not be written down yet, and their files' rows are as they were.
create function settle_batches(this_source text, this_pack text) returns void
language plpgsql set search_path from current as $$
declare
  batch held_batch;
  remaining text[];
begin
  if not exists (select from held_batch b where b.source = this_source and b.pending <> '{}') then
    return;
  end if;
  perform lock_batches(this_source);
  for batch in
    select * from held_batch b where b.source = this_source and b.pending <> '{}' order by b.id for update
  loop
    select coalesce(array_agg(r order by r), '{}') into remaining
    from unnest(batch.pending) r
    where split_part(r, '.', 1) is distinct from this_pack
      or (exists (select from workflow_definition w
            where w.ref = r and w.source = this_source and w.status <> 'retired' and not w.protected)
          or exists (select from action a
            where a.ref = r and a.source = this_source and a.status <> 'retired' and a.workflow_def is null))
        -- Under an empty root nothing is written, so the rows of its files are still there.
        and (batch.reason = 'root_empty' or not exists (select from pack_file f where f.source = this_source and f.ref = r));
    continue when remaining = batch.pending;
    if batch.state = 'approved' then
      update held_batch b set pending = remaining where b.id = batch.id;
    else
      update held_batch b set state = 'expired', pending = '{}', decided = now() where b.id = batch.id;
      if remaining <> '{}' then
        perform new_batch(this_source, batch.reason, remaining, batch.of, batch.state);
      end if;
    end if;
  end loop;
end $$;
comment on function settle_batches(text, text) is
  'Takes out of a source''s batches what of one pack came back, is gone or is protected; an open batch whose set changes gets another id.';

create function decide_batch(this_batch text, verdict text) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  batch held_batch;
begin
  perform share_lease(b.source) from held_batch b where b.id = this_batch;
  select * into batch from held_batch b where b.id = this_batch for update;
  if batch.id is null then
    return jsonb_build_object('refused', 'missing');
  end if;
  if batch.state <> 'open' then
    return jsonb_build_object('refused', batch.state);
  end if;
  update held_batch b set state = verdict, decided = now() where b.id = this_batch;
  perform ask_scan(batch.source);
  return jsonb_build_object('source', batch.source);
end $$;
comment on function decide_batch(text, text) is 'approved or rejected; refused with the state of a batch that is not open.';

create function read_removals(this_source text) returns table (retired integer, highest integer)
language sql stable set search_path from current
begin atomic
  with recent as (
    select c.version, c.position, c.ref, c.verb, c.batch from catalog_change c
    where c.source = this_source and c.at > now() - interval '10 minutes' and c.verb in ('registered', 'retired')),
  live as (
    select count(*) as n from (
      select w.ref from workflow_definition w where w.source = this_source and w.status <> 'retired'
      union
      select a.ref from action a where a.source = this_source and a.status <> 'retired') r),
  -- How many there were before each transaction, reckoned backwards from now: within one nobody saw what came before what went.
  before as (
    select (select n from live)
      - sum(sum(case verb when 'registered' then 1 else -1 end)) over (order by version desc) as n
    from recent group by version),
  latest as (
    select distinct on (ref) ref, verb, batch from recent order by ref, version desc, position desc)
  select (select count(*)::integer from latest where verb = 'retired' and batch is null),
    greatest((select n from live), (select max(n) from before))::integer;
end;
comment on function read_removals(text) is
  'Of a source: refs retired in the last ten minutes that are not back and nobody agreed to, and the highest number active in that time.';

-- Overlays of the operator ------------------------------------------------------------------------------------------------

create function note_change(changed workflow_definition, this_verb text, must_plan boolean) returns bigint
language plpgsql set search_path from current as $$
declare
  new_version bigint;
begin
  -- must_plan: the writer has to look at what the overlay leaves to it.
  update pack p set generation = generation + 1,
    applied_generation = applied_generation
      + case when not must_plan and applied_generation = generation then 1 else 0 end
  where p.id = changed.pack;
  update catalog_version set version = version + 1 returning version into new_version;
  insert into catalog_change (version, position, source, pack_ref, ref, verb, number)
  values (new_version, 1, changed.source, changed.pack_ref, changed.ref, this_verb,
    (select r.number from workflow_revision r
      where r.workflow_definition = changed.id and r.revision = changed.revision));
  perform pg_notify(current_schema(), json_build_object('version', new_version, 'pack', changed.pack_ref)::text);
  if must_plan then
    perform ask_scan(changed.source);
  end if;
  return new_version;
end $$;
comment on function note_change(workflow_definition, text, boolean) is
  'Tells the change of one definition by a person, at the end of the transaction that makes it.';

create function lock_definition(this_ref text) returns workflow_definition
language plpgsql set search_path from current as $$
declare
  found_one workflow_definition;
begin
  -- In the order of apply_pack. No key is changed: who refers to the rows and has not committed yet is not waited for.
  perform share_lease(w.source) from workflow_definition w where w.ref = this_ref;
  perform from pack p where p.ref = split_part(this_ref, '.', 1) for no key update;
  select * into found_one from workflow_definition w where w.ref = this_ref for no key update;
  return found_one;
end $$;
comment on function lock_definition(text) is 'The row of a ref, locked with its pack, its source''s lease shared; all null when there is none.';

-- Reads neither definition nor text. xmin is another after every write of a row, by hand too; what stands beside it tells
-- apart what a restored database holds, where transactions may be counted anew.
create function workflow_tag(this_id bigint) returns text
language sql stable
begin atomic
  select left(encode(sha256(convert_to(concat_ws(' ', w.id, w.xmin, w.revision, w.status, w.file_digest,
    extract(epoch from w.updated), (
      select string_agg(concat_ws(' ', f.path, f.xmin, f.state, f.digest), ' ' order by f.path collate "C")
      from pack_file f
      where f.source = w.source and f.role = 'workflow' and (f.path = w.source_path or f.ref = w.ref)), (
      select string_agg(concat_ws(' ', f.path, f.xmin, f.state, f.digest), ' ' order by f.path collate "C")
      from action a
      join pack_file f on f.source = a.source and f.role = 'action' and (f.path = a.source_path or f.ref = a.ref)
      where a.workflow_def = w.id)), 'UTF8')), 'hex'), 24)
  from workflow_definition w
  where w.id = this_id;
end;
comment on function workflow_tag(bigint) is
  'Another one whenever anything changes that is shown of a definition: its row, its file''s, the file''s of the action that names it.';

create function set_overlay(this_ref text, this_verb text, known_tags text[] default null) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  row_before workflow_definition := lock_definition(this_ref);
  row_after workflow_definition;
begin
  perform set_config('packwatch.writer', 'on', true);
  if row_before.id is null then
    return jsonb_build_object('refused', 'missing');
  end if;
  if row_before.status = 'retired' then
    return jsonb_build_object('refused', 'retired');
  end if;
  -- Without known tags the comparison is null, and nothing is refused.
  if not workflow_tag(row_before.id) = any (known_tags) then
    return jsonb_build_object('refused', 'stale');
  end if;
  row_after := row_before;
  row_after.enabled := case this_verb when 'enabled' then true when 'disabled' then false else row_before.enabled end;
  row_after.protected := case this_verb when 'protected' then true when 'unprotected' then false else row_before.protected end;
  if row_after is not distinct from row_before then
    return jsonb_build_object('changed', false, 'source', row_after.source);
  end if;
  update workflow_definition w set enabled = row_after.enabled, protected = row_after.protected where w.id = row_before.id;
  -- What is protected does not wait for a decision any more.
  perform settle_batches(row_after.source, row_after.pack_ref);
  return jsonb_build_object('changed', true, 'version', note_change(row_after, this_verb, this_verb = 'unprotected'),
    'source', row_after.source);
end $$;
comment on function set_overlay(text, text, text[]) is 'enabled, disabled, protected or unprotected; what is so already is left as it is.';

create function serve_revision(this_id bigint, this_revision text) returns boolean
language plpgsql set search_path from current as $$
begin
  update workflow_definition w set
    label = coalesce(r.definition ->> 'label', w.label), description = r.definition ->> 'description', version = r.version,
    param_schema = nullif(r.definition -> 'parameters', 'null'), out_schema = nullif(r.definition -> 'output', 'null'),
    definition = r.definition, tags = text_array(coalesce(r.definition -> 'tags', '[]')), revision = r.revision,
    -- Which bytes of a file it was made from is not known any more.
    source_text = r.source_text, file_digest = null, drifted = false, updated = now()
  from workflow_revision r
  where w.id = this_id and r.workflow_definition = w.id and r.revision = this_revision;
  return found;
end $$;
comment on function serve_revision(bigint, text) is 'Makes a revision of the history the one that is served. False: there is no such revision.';

create function sync_callable(these bigint[]) returns integer
language plpgsql set search_path from current as $$
declare
  affected integer;
begin
  update action a set param_schema = w.param_schema, out_schema = w.out_schema,
    -- What an action file says of itself is not the workflow's business.
    label = case when a.source_path is not distinct from w.source_path then w.label else a.label end,
    description = case when a.source_path is not distinct from w.source_path then w.description else a.description end,
    updated = now()
  from workflow_definition w
  where w.id = any (these) and a.workflow_def = w.id
    and (a.param_schema is distinct from w.param_schema or a.out_schema is distinct from w.out_schema
      or (a.source_path is not distinct from w.source_path
        and (a.label <> w.label or a.description is distinct from w.description)));
  get diagnostics affected = row_count;
  return affected;
end $$;
comment on function sync_callable(bigint[]) is 'The callable side of a workflow has the schemas of the revision that is served.';

create function roll_back(this_ref text, this_number integer, known_tags text[] default null) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  row_before workflow_definition := lock_definition(this_ref);
  row_after workflow_definition;
  target text;
begin
  perform set_config('packwatch.writer', 'on', true);
  if row_before.id is null then
    return jsonb_build_object('refused', 'missing');
  end if;
  if row_before.status = 'retired' then
    return jsonb_build_object('refused', 'retired');
  end if;
  -- Without known tags the comparison is null, and nothing is refused.
  if not workflow_tag(row_before.id) = any (known_tags) then
    return jsonb_build_object('refused', 'stale');
  end if;
  select r.revision into target from workflow_revision r
    where r.workflow_definition = row_before.id and r.number = this_number;
  if target is null then
    return jsonb_build_object('refused', 'revision');
  end if;
  if target = row_before.revision then
    return jsonb_build_object('refused', 'served');
  end if;
  update workflow_definition w
    set pinned_revision = target, pinned_over = coalesce(row_before.pinned_over, row_before.revision)
    where w.id = row_before.id;
  perform serve_revision(row_before.id, target);
  perform sync_callable(array[row_before.id]);
  select * into row_after from workflow_definition w where w.id = row_before.id;
  return jsonb_build_object('version', note_change(row_after, 'pinned', true), 'source', row_after.source);
end $$;
comment on function roll_back(text, integer, text[]) is
  'Serves a revision of the history and pins it until the file on disk is valid and another than the one it was pinned over.';

create function unpin(this_ref text, known_tags text[] default null) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  row_before workflow_definition := lock_definition(this_ref);
  row_after workflow_definition;
begin
  perform set_config('packwatch.writer', 'on', true);
  if row_before.id is null then
    return jsonb_build_object('refused', 'missing');
  end if;
  if row_before.status = 'retired' then
    return jsonb_build_object('refused', 'retired');
  end if;
  -- Without known tags the comparison is null, and nothing is refused.
  if not workflow_tag(row_before.id) = any (known_tags) then
    return jsonb_build_object('refused', 'stale');
  end if;
  if row_before.pinned_revision is null then
    return jsonb_build_object('refused', 'unpinned');
  end if;
  update workflow_definition w set pinned_revision = null, pinned_over = null where w.id = row_before.id;
  perform serve_revision(row_before.id, row_before.pinned_over);
  perform sync_callable(array[row_before.id]);
  select * into row_after from workflow_definition w where w.id = row_before.id;
  return jsonb_build_object('version', note_change(row_after, 'unpinned', true), 'source', row_after.source);
end $$;
comment on function unpin(text, text[]) is 'Serves again what lies on disk; the next pass brings the text as it is written there now.';

-- What is forgotten -------------------------------------------------------------------------------------------------------

create function is_referenced(this_table regclass, this_row tid) returns boolean
language plpgsql set search_path from current
-- A policy that hides rows of another table makes the question fail: then the row stays.
set row_security = off
as $$
declare
  foreign_key record;
  is_so boolean;
begin
  -- Foreign keys of other systems are not known beforehand: their names come from the catalogue, quoted.
  for foreign_key in
    select c.conrelid::regclass as referrer, (
      select string_agg(format('f.%I = t.%I', f.attname, t.attname), ' and ')
      from unnest(c.conkey, c.confkey) as k (from_column, to_column)
      join pg_attribute f on f.attrelid = c.conrelid and f.attnum = k.from_column
      join pg_attribute t on t.attrelid = c.confrelid and t.attnum = k.to_column) as same
    from pg_constraint c
    join pg_class r on r.oid = c.conrelid
    where c.contype = 'f' and c.confrelid = this_table and c.conparentid = 0
      and r.relnamespace <> (select s.relnamespace from pg_class s where s.oid = this_table)
  loop
    begin
      execute format('select exists (select from %s f join %s t on %s where t.ctid = $1)', foreign_key.referrer,
        this_table, foreign_key.same) into is_so using this_row;
    exception when insufficient_privilege then
      is_so := true;
    end;
    if is_so then
      return true;
    end if;
  end loop;
  return false;
end $$;
comment on function is_referenced(regclass, tid) is
  'True when a row of a table outside this schema refers to the row, or when that cannot be seen. Who asks holds the row for update.';

create function forget_revisions(these bigint[], keep integer) returns integer
language plpgsql set search_path from current as $$
declare
  old_revision record;
  deleted integer := 0;
begin
  for old_revision in
    select r.ctid from (
      select v.workflow_definition, v.number, is_needed,
        row_number() over (partition by v.workflow_definition order by is_needed desc, v.number desc) as place
      from workflow_revision v
      join workflow_definition w on w.id = v.workflow_definition
      cross join lateral (
        select v.revision in (w.revision, coalesce(w.pinned_revision, ''), coalesce(w.pinned_over, '')) as is_needed) n
      where w.id = any (these)) old
    join workflow_revision r on r.workflow_definition = old.workflow_definition and r.number = old.number
    where old.place > keep and not old.is_needed
    order by r.workflow_definition, r.number
    for update of r skip locked
  loop
    continue when is_referenced('workflow_revision', old_revision.ctid);
    delete from workflow_revision r where r.ctid = old_revision.ctid;
    deleted := deleted + 1;
  end loop;
  return deleted;
end $$;
comment on function forget_revisions(bigint[], integer) is
  'Deletes the oldest revisions of definitions that have more than keep, never one that is served, pinned or pinned over, nor one that others refer to.';

create function forget_history(this_id bigint) returns boolean
language plpgsql set search_path from current as $$
declare
  old_revision record;
  locked bigint := 0;
begin
  for old_revision in
    select r.ctid from workflow_revision r where r.workflow_definition = this_id order by r.number for update skip locked
  loop
    if is_referenced('workflow_revision', old_revision.ctid) then
      return false;
    end if;
    locked := locked + 1;
  end loop;
  if locked < (select count(*) from workflow_revision r where r.workflow_definition = this_id) then
    return false;
  end if;
  delete from workflow_revision r where r.workflow_definition = this_id;
  return true;
end $$;
comment on function forget_history(bigint) is 'Deletes every revision of a definition; false, and nothing is deleted, when others refer to one or are about to.';

create function purge_retired(writer_source text, writer_epoch bigint, retain interval, at_most integer) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  old_row record;
  definition tid;
  purged integer := 0;
  locked bigint[];
  changed bigint[] := '{}';
  deleted_packs integer := 0;
  new_version bigint;
begin
  perform set_config('packwatch.writer', 'on', true);
  if not holds_lease(writer_source, writer_epoch) then
    return jsonb_build_object('refused', 'lease');
  end if;
  -- Whoever retired it: a source that is led by nobody any more, and the API, have no writer of their own for this.
  -- What somebody else holds is passed over, as a row that others refer to is, at each purge: nothing here is urgent. A row that
  -- is locked for update cannot be referred to any more, so what is_referenced says of it stays true.
  select coalesce(array_agg(p.id), '{}') into locked from (
    select p.id from pack p where p.id in (
        select w.pack from workflow_definition w where w.status = 'retired' and w.retired_at < now() - retain
        union
        select a.pack from action a where a.status = 'retired' and a.retired_at < now() - retain)
      order by p.ref for no key update skip locked) p;
  for old_row in
    select a.ctid, a.pack, a.workflow_def from action a
    where a.status = 'retired' and a.retired_at < now() - retain and a.pack = any (locked)
    order by a.ref for update skip locked
  loop
    exit when purged >= at_most;
    continue when is_referenced('action', old_row.ctid);
    if old_row.workflow_def is not null then
      -- A workflow that stays keeps what it is called by.
      select w.ctid into definition from workflow_definition w where w.id = old_row.workflow_def for update skip locked;
      continue when not found or is_referenced('workflow_definition', definition);
    end if;
    delete from action a where a.ctid = old_row.ctid;
    purged := purged + 1;
    changed := changed || old_row.pack;
  end loop;
  for old_row in
    select w.ctid, w.id, w.pack from workflow_definition w
    where w.status = 'retired' and w.retired_at < now() - retain and w.pack = any (locked)
    order by w.ref for update skip locked
  loop
    exit when purged >= at_most;
    continue when exists (select from action a where a.workflow_def = old_row.id)
      or is_referenced('workflow_definition', old_row.ctid) or not forget_history(old_row.id);
    delete from workflow_definition w where w.ctid = old_row.ctid;
    purged := purged + 1;
    changed := changed || old_row.pack;
  end loop;
  update pack p set generation = generation + 1,
    applied_generation = applied_generation + case when applied_generation = generation then 1 else 0 end
  where p.id = any (changed);
  for old_row in
    select p.id from pack p
    where p.status = 'retired' and p.updated < now() - retain
      and not exists (select from workflow_definition w where w.pack = p.id)
      and not exists (select from action a where a.pack = p.id)
    order by p.ref for update skip locked
  loop
    continue when is_referenced('pack', (select p.ctid from pack p where p.id = old_row.id));
    delete from pack p where p.id = old_row.id;
    deleted_packs := deleted_packs + 1;
  end loop;
  if purged + deleted_packs > 0 then
    update catalog_version set version = version + 1 returning version into new_version;
    perform pg_notify(current_schema(), json_build_object('version', new_version, 'pack', null)::text);
  end if;
  return jsonb_build_object('purged', purged);
end $$;
comment on function purge_retired(text, bigint, interval, integer) is
  'Called by the writer of any source: deletes what has been retired long enough, with its history, unless another system refers to it.';

create function forget_changes() returns void
language sql set search_path from current
begin atomic
  delete from catalog_change c where c.at < now() - interval '7 days';
  delete from held_batch b where b.pending = '{}' and b.decided < now() - interval '90 days';
end;
comment on function forget_changes() is 'Deletes told changes after 7 days, and batches that are over after 90.';

create function forget_source(this_source text, expected integer) returns jsonb
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  held_lease source_lease;
  refs text[];
  definitions integer;
  affected integer;
  written integer := 0;
  new_version bigint;
begin
  perform set_config('packwatch.writer', 'on', true);
  -- What clients wrote is no root's that could be left behind.
  if this_source = 'api' then
    return jsonb_build_object('refused', 'missing');
  end if;
  -- What has no row of a lease, for that was deleted by hand, gets one: it is what keeps a writer from coming in between.
  insert into source_lease (source)
    select this_source where exists (select from pack p where p.source = this_source)
      or exists (select from pack_file f where f.source = this_source)
    on conflict do nothing;
  select * into held_lease from source_lease l where l.source = this_source for update;
  if held_lease.source is null then
    return jsonb_build_object('refused', 'missing');
  end if;
  if held_lease.holder is not null and held_lease.expires_at > clock_timestamp() then
    return jsonb_build_object('refused', 'led', 'holder', held_lease.holder);
  end if;
  perform from pack p where p.source = this_source order by p.ref for no key update;
  select coalesce(array_agg(r.ref order by r.ref), '{}') into refs from (
    select w.ref from workflow_definition w where w.source = this_source and w.status <> 'retired'
    union
    select a.ref from action a where a.source = this_source and a.status <> 'retired') r;
  definitions := cardinality(refs);
  if definitions <> expected then
    return jsonb_build_object('refused', 'count', 'count', definitions);
  end if;
  update workflow_definition w set status = 'retired', retired_at = now() where w.source = this_source and w.status <> 'retired';
  update action a set status = 'retired', retired_at = now() where a.source = this_source and a.status <> 'retired';
  update pack p set generation = p.generation + 1, applied_generation = p.generation + 1, updated = now(),
    -- What the API holds in it goes on, in a pack that is the API's then: nobody else is there to own it.
    source = case when g.has_guests then 'api' else p.source end,
    source_path = case when g.has_guests then null else p.source_path end,
    status = case when g.has_guests then 'active' else 'retired' end
  from pack q cross join lateral (
    select exists (select from workflow_definition w where w.pack = q.id and w.status <> 'retired')
      or exists (select from action a where a.pack = q.id and a.status <> 'retired') as has_guests) g
  where q.id = p.id and p.source = this_source and p.status <> 'retired';
  get diagnostics affected = row_count;
  written := written + affected;
  delete from pack_file f where f.source = this_source;
  get diagnostics affected = row_count;
  written := written + affected;
  update held_batch b set pending = '{}', decided = coalesce(b.decided, now()),
    state = case when b.state = 'open' then 'expired' else b.state end
  where b.source = this_source and (b.pending <> '{}' or b.state = 'open');
  -- The lease's row stays: its epoch must never be given out twice.
  if definitions + written > 0 then
    update catalog_version set version = version + 1 returning version into new_version;
    insert into catalog_change (version, position, source, pack_ref, ref, verb, number, batch)
    select new_version, r.place, this_source, split_part(r.ref, '.', 1), r.ref, 'retired',
      (select v.number from workflow_definition w
        join workflow_revision v on v.workflow_definition = w.id and v.revision = w.revision where w.ref = r.ref),
      'forget'
    from unnest(refs) with ordinality as r (ref, place);
    perform pg_notify(current_schema(), json_build_object('version', new_version, 'pack', null)::text);
  end if;
  return jsonb_build_object('retired', definitions, 'version', new_version);
end $$;
comment on function forget_source(text, integer) is
  'Retires everything of a source that nobody leads any more, if there is as much of it as the caller was shown.';

-- Rows deleted by hand ----------------------------------------------------------------------------------------------------

create function mark_lost_revisions() returns trigger
language plpgsql set search_path from current as $$
begin
  -- What is served has to be in the history: the definition's own triggers mark it, and its pack is written anew.
  if not is_writer() then
    update workflow_definition w set drifted = true
    where (w.id, w.revision) in (select o.workflow_definition, o.revision from old_rows o);
  end if;
  return null;
end $$;
comment on function mark_lost_revisions() is 'Deleting the revision that is served is a change of its definition by hand.';
create trigger workflow_revision_deleted after delete on workflow_revision
  referencing old table as old_rows for each statement execute function mark_lost_revisions();
