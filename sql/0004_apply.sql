-- apply_pack: one pack's change set in one statement, or nothing.
-- Locks at run time, in this order: the lease (key share), the pack row, its rows, catalog_version. Two applies meet at the
-- pack row at the latest, so they cannot deadlock.
-- Who writes is said inside of the function: with a SET clause only superusers could make it.
-- formerly: 1fee2e4213a78147629a313695423efd43d262e745a969d7281cf31f5d76f800

create function apply_items(change_set jsonb, list text) returns setof jsonb
language sql stable set search_path from current
begin atomic
  select item
  from (
    select 0 as part, change_set as payload
    union all
    select s.part, s.payload from apply_stage s where s.stage = (change_set ->> 'stage')::uuid
  ) parts
  cross join lateral jsonb_array_elements(parts.payload -> list) with ordinality as items (item, place)
  order by parts.part, items.place;
end;
comment on function apply_items(jsonb, text) is 'The elements of one list of a change set, from the parameter and from its staged parts.';

create function drop_stage(change_set jsonb) returns void
language sql set search_path from current
begin atomic
  delete from apply_stage s
  where change_set ? 'stage'
    and (s.stage = (change_set ->> 'stage')::uuid or s.created < now() - interval '1 hour');
end;
comment on function drop_stage(jsonb) is 'Removes the staged parts of a change set that is decided, and parts that nobody came back for.';

create function foreign_ref(change_set jsonb, this_source text) returns text
language sql stable set search_path from current
begin atomic
  select r.ref
  from (
    select w.ref from workflow_definition w
    where w.source <> this_source and w.status <> 'retired'
      and w.ref in (select i ->> 'ref' from apply_items(change_set, 'workflows') i)
    union all
    select a.ref from action a
    where a.source <> this_source and a.status <> 'retired'
      and a.ref in (select i ->> 'ref' from apply_items(change_set, 'actions') i)
  ) r
  limit 1;
end;
comment on function foreign_ref(jsonb, text) is 'A ref that a change set would write although it belongs to another source; null when there is none.';

create function text_array(list jsonb) returns text[]
language sql immutable
return array(select jsonb_array_elements_text(list));
comment on function text_array(jsonb) is 'A jsonb array of strings as text[].';

create function apply_pack(change_set jsonb) returns jsonb
language plpgsql
set search_path from current
set lock_timeout = '5s'
-- Set-returning functions are costed as if they gave 1,000 rows: compiling for them takes longer than it ever saves.
set jit = off
as $$
declare
  this_source text := change_set ->> 'source';
  this_pack text := change_set ->> 'pack_ref';
  expected bigint := (change_set ->> 'generation')::bigint;
  has_pack boolean := jsonb_typeof(change_set -> 'pack') = 'object';
  wanted pack := case when has_pack then jsonb_populate_record(null::pack, change_set -> 'pack') end;
  held_pack pack;
  written integer := 0;
  affected integer;
  new_version bigint;
  foreign_one text;
begin
  perform set_config('packwatch.writer', 'on', true);
  perform from source_lease l
    where l.source = this_source and l.epoch = (change_set ->> 'epoch')::bigint and l.expires_at > clock_timestamp()
    for key share;
  if not found then
    perform drop_stage(change_set);
    return jsonb_build_object('refused', 'lease');
  end if;

  if this_pack is not null then
    if expected is null then
      insert into pack (ref, label, description, version, conf_schema, config, meta, tags, runtime_deps, dependencies,
        is_standard, source, source_path, status, revision)
      values (this_pack, wanted.label, wanted.description, wanted.version, wanted.conf_schema, wanted.config, wanted.meta,
        wanted.tags, wanted.runtime_deps, wanted.dependencies, wanted.is_standard, this_source, wanted.source_path,
        'active', wanted.revision)
      on conflict (ref) do nothing
      returning * into held_pack;
      if held_pack.id is null then
        perform drop_stage(change_set);
        return jsonb_build_object('refused', 'generation');
      end if;
    else
      select * into held_pack from pack p where p.ref = this_pack for update;
      if held_pack.id is null or held_pack.generation <> expected
        or (held_pack.source <> this_source and held_pack.status <> 'retired')
      then
        perform drop_stage(change_set);
        return jsonb_build_object('refused', 'generation');
      end if;
    end if;
  end if;

  -- The generation says that nobody wrote since the plan was made: a plan that takes what is another's is a mistake of ours.
  foreign_one := foreign_ref(change_set, this_source);
  if foreign_one is not null then
    raise exception '% belongs to another source than %', foreign_one, this_source;
  end if;

  insert into workflow_definition as w (ref, pack, pack_ref, label, description, version, param_schema, out_schema,
    definition, tags, revision, last_number, source, source_path, source_text, file_digest)
  select d.ref, held_pack.id, this_pack, d.label, d.description, d.version, nullif(d.param_schema, 'null'),
    nullif(d.out_schema, 'null'), d.definition, text_array(d.tags), d.revision, 1, this_source, d.source_path,
    d.source_text, d.file_digest
  from apply_items(change_set, 'workflows') i
  cross join lateral jsonb_to_record(i) as d (ref text, label text, description text, version text, param_schema jsonb,
    out_schema jsonb, definition jsonb, tags jsonb, revision text, source_path text, source_text text, file_digest text)
  order by d.ref
  on conflict (ref) do update set
    pack = excluded.pack, label = excluded.label, description = excluded.description, version = excluded.version,
    param_schema = excluded.param_schema, out_schema = excluded.out_schema, definition = excluded.definition,
    tags = excluded.tags, revision = excluded.revision, source = excluded.source, source_path = excluded.source_path,
    source_text = excluded.source_text, file_digest = excluded.file_digest, status = 'active', retired_at = null,
    drifted = false, updated = now(),
    last_number = w.last_number + case when exists (select from workflow_revision r
      where r.workflow_definition = w.id and r.revision = excluded.revision) then 0 else 1 end;
  get diagnostics affected = row_count;
  written := written + affected;

  insert into workflow_revision (workflow_definition, number, revision, definition, source_text, version, cause)
  select w.id, w.last_number, w.revision, w.definition, w.source_text, w.version, change_set ->> 'cause'
  from apply_items(change_set, 'workflows') i
  join workflow_definition w on w.ref = i ->> 'ref'
  where not exists (select from workflow_revision r where r.workflow_definition = w.id and r.revision = w.revision)
  order by w.ref;
  get diagnostics affected = row_count;
  written := written + affected;

  update workflow_definition w set source_path = d.source_path, source_text = d.source_text, file_digest = d.file_digest
  from apply_items(change_set, 'touch') i
  cross join lateral jsonb_to_record(i) as d (ref text, source_path text, source_text text, file_digest text)
  where w.ref = d.ref and w.source = this_source;
  get diagnostics affected = row_count;
  written := written + affected;

  insert into action as a (ref, pack, pack_ref, label, description, entrypoint, runtime_ref, param_schema, out_schema,
    parameter_delivery, parameter_format, output_format, timeout_seconds, max_retries, runtime_version_constraint,
    accesses_mcp, default_execution_permission_set_refs, required_worker_runtimes, worker_selector, worker_tolerations,
    worker_affinity, workflow_def, source, source_path, revision)
  select d.ref, held_pack.id, this_pack, d.label, d.description, d.entrypoint, d.runtime_ref,
    nullif(d.param_schema, 'null'), nullif(d.out_schema, 'null'), d.parameter_delivery, d.parameter_format,
    d.output_format, d.timeout_seconds, d.max_retries, d.runtime_version_constraint, d.accesses_mcp,
    text_array(d.permission_set_refs), d.required_worker_runtimes, d.worker_selector, d.worker_tolerations,
    d.worker_affinity,
    case when d.is_workflow then (select w.id from workflow_definition w where w.ref = d.ref) end,
    this_source, d.source_path, d.revision
  from apply_items(change_set, 'actions') i
  cross join lateral jsonb_to_record(i) as d (ref text, label text, description text, entrypoint text, runtime_ref text,
    param_schema jsonb, out_schema jsonb, parameter_delivery text, parameter_format text, output_format text,
    timeout_seconds integer, max_retries integer, runtime_version_constraint text, accesses_mcp boolean,
    permission_set_refs jsonb, required_worker_runtimes jsonb, worker_selector jsonb, worker_tolerations jsonb,
    worker_affinity jsonb, is_workflow boolean, source_path text, revision text)
  order by d.ref
  on conflict (ref) do update set
    pack = excluded.pack, label = excluded.label, description = excluded.description, entrypoint = excluded.entrypoint,
    runtime_ref = excluded.runtime_ref, param_schema = excluded.param_schema, out_schema = excluded.out_schema,
    parameter_delivery = excluded.parameter_delivery, parameter_format = excluded.parameter_format,
    output_format = excluded.output_format, timeout_seconds = excluded.timeout_seconds,
    max_retries = excluded.max_retries, runtime_version_constraint = excluded.runtime_version_constraint,
    accesses_mcp = excluded.accesses_mcp,
    default_execution_permission_set_refs = excluded.default_execution_permission_set_refs,
    required_worker_runtimes = excluded.required_worker_runtimes, worker_selector = excluded.worker_selector,
    worker_tolerations = excluded.worker_tolerations, worker_affinity = excluded.worker_affinity,
    workflow_def = excluded.workflow_def, source = excluded.source, source_path = excluded.source_path,
    updated = case when a.revision = excluded.revision and not a.drifted then a.updated else now() end,
    revision = excluded.revision, status = 'active', retired_at = null, drifted = false;
  get diagnostics affected = row_count;
  written := written + affected;

  update workflow_definition w set status = 'degraded'
  where w.source = this_source and w.status = 'active' and w.ref in (select i #>> '{}' from apply_items(change_set, 'degrade') i);
  get diagnostics affected = row_count;
  written := written + affected;
  update action a set status = 'degraded'
  where a.source = this_source and a.status = 'active' and a.ref in (select i #>> '{}' from apply_items(change_set, 'degrade') i);
  get diagnostics affected = row_count;
  written := written + affected;

  update workflow_definition w set status = 'active'
  where w.source = this_source and w.status = 'degraded' and w.ref in (select i #>> '{}' from apply_items(change_set, 'recover') i);
  get diagnostics affected = row_count;
  written := written + affected;
  update action a set status = 'active'
  where a.source = this_source and a.status = 'degraded' and a.ref in (select i #>> '{}' from apply_items(change_set, 'recover') i);
  get diagnostics affected = row_count;
  written := written + affected;

  update workflow_definition w set status = 'retired', retired_at = now()
  where w.source = this_source and w.status <> 'retired' and w.ref in (select i #>> '{}' from apply_items(change_set, 'retire') i);
  get diagnostics affected = row_count;
  written := written + affected;
  update action a set status = 'retired', retired_at = now()
  where a.source = this_source and a.status <> 'retired' and a.ref in (select i #>> '{}' from apply_items(change_set, 'retire_actions') i);
  get diagnostics affected = row_count;
  written := written + affected;

  delete from pack_file f
  where f.source = this_source and f.path in (select i #>> '{}' from apply_items(change_set, 'removed_files') i);
  get diagnostics affected = row_count;
  written := written + affected;

  insert into pack_file as f (source, path, dir, pack_ref, role, ref, links, digest, checked_by, state, diagnostics)
  select this_source, d.path, split_part(d.path, '/', 1), this_pack, d.role, d.ref, text_array(d.links), d.digest,
    d.checked_by, d.state, d.diagnostics
  from apply_items(change_set, 'files') i
  cross join lateral jsonb_to_record(i) as d (path text, role text, ref text, links jsonb, digest text, checked_by text,
    state text, diagnostics jsonb)
  order by d.path
  on conflict (source, path) do update set
    pack_ref = excluded.pack_ref, role = excluded.role, ref = excluded.ref, links = excluded.links,
    digest = excluded.digest, checked_by = excluded.checked_by, state = excluded.state, diagnostics = excluded.diagnostics,
    since = case when f.state = excluded.state and f.digest is not distinct from excluded.digest then f.since else now() end;
  get diagnostics affected = row_count;
  written := written + affected;

  if held_pack.id is not null and (written > 0 or has_pack or change_set ->> 'pack_status' is not null
    or held_pack.generation <> held_pack.applied_generation or expected is null)
  then
    update pack p set
      label = case when has_pack then wanted.label else p.label end,
      description = case when has_pack then wanted.description else p.description end,
      version = case when has_pack then wanted.version else p.version end,
      conf_schema = case when has_pack then wanted.conf_schema else p.conf_schema end,
      config = case when has_pack then wanted.config else p.config end,
      meta = case when has_pack then wanted.meta else p.meta end,
      tags = case when has_pack then wanted.tags else p.tags end,
      runtime_deps = case when has_pack then wanted.runtime_deps else p.runtime_deps end,
      dependencies = case when has_pack then wanted.dependencies else p.dependencies end,
      is_standard = case when has_pack then wanted.is_standard else p.is_standard end,
      source = this_source,
      source_path = case when has_pack then wanted.source_path else p.source_path end,
      revision = case when has_pack then wanted.revision else p.revision end,
      status = coalesce(change_set ->> 'pack_status', p.status),
      updated = case when has_pack and expected is not null then now() else p.updated end,
      generation = p.generation + 1,
      applied_generation = p.generation + 1
    where p.id = held_pack.id;
    written := written + 1;
  end if;

  if written = 0 then
    perform drop_stage(change_set);
    return jsonb_build_object('written', 0);
  end if;

  update catalog_version set version = version + 1 returning version into new_version;
  insert into catalog_change (version, position, source, pack_ref, ref, verb, number)
  select new_version, i.place, this_source, this_pack, i.item ->> 'ref', i.item ->> 'verb',
    (select r.number from workflow_definition w
      join workflow_revision r on r.workflow_definition = w.id and r.revision = w.revision
      where w.ref = i.item ->> 'ref')
  from apply_items(change_set, 'changes') with ordinality as i (item, place);
  perform drop_stage(change_set);
  perform pg_notify(current_schema(), json_build_object('version', new_version, 'pack', this_pack)::text);
  return jsonb_build_object('written', written, 'version', new_version);
end $$;
comment on function apply_pack(jsonb) is
  'Writes one pack''s change set in one transaction, or refuses ({"refused": "lease" | "generation"}) and changes nothing.';
