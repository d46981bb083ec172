-- A load takes time in proportion to what is loaded, and each row is found by an index, whatever the planner has been told of a
-- table that is just being filled. Checks of digests, and what a definition calls, by cheaper means; what they say is the same.
-- Locks: access exclusive on workflow_definition, action, workflow_revision and pack_file while their rows are checked.

create function item_refs(change_set jsonb, list text) returns text[]
language sql stable set search_path from current
return array(select coalesce(i ->> 'ref', i #>> '{}') from apply_items(change_set, list) i);
comment on function item_refs(jsonb, text) is 'The refs of the items of one list of a change set; the items themselves where they are texts.';

create or replace function foreign_ref(change_set jsonb, this_source text) returns text
language sql stable set search_path from current
return coalesce(
  (select w.ref from workflow_definition w
    where w.source <> this_source and w.status <> 'retired'
      and w.ref = any (item_refs(change_set, 'workflows') || item_refs(change_set, 'restore'))
    limit 1),
  (select a.ref from action a
    where a.source <> this_source and a.status <> 'retired' and a.ref = any (item_refs(change_set, 'actions'))
    limit 1));

create or replace function apply_pack(change_set jsonb) returns jsonb
language plpgsql
set search_path from current
set lock_timeout = '5s'
-- Set-returning functions are costed as if they gave 1,000 rows: compiling for them takes longer than it ever saves.
set jit = off
-- Each row is found by its index: whole tables would be read for each pack while a registry is being filled, as nobody has told the
-- planner yet what is in them.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  this_source text := change_set ->> 'source';
  this_pack text := change_set ->> 'pack_ref';
  expected bigint := (change_set ->> 'generation')::bigint;
  has_pack boolean := jsonb_typeof(change_set -> 'pack') = 'object';
  wanted pack := case when has_pack then jsonb_populate_record(null::pack, change_set -> 'pack') end;
  is_guest boolean := false;
  held_pack pack;
  written integer := 0;
  affected integer;
  new_version bigint;
  foreign_one text;
  restored record;
  keep integer := (change_set ->> 'keep_revisions')::integer;
  workflows text[] := item_refs(change_set, 'workflows');
  restores text[] := item_refs(change_set, 'restore');
  actions text[] := item_refs(change_set, 'actions');
  degraded text[] := item_refs(change_set, 'degrade');
  recovered text[] := item_refs(change_set, 'recover');
  retired text[] := item_refs(change_set, 'retire');
  retired_actions text[] := item_refs(change_set, 'retire_actions');
  removed_files text[] := item_refs(change_set, 'removed_files');
begin
  perform set_config('packwatch.writer', 'on', true);
  -- Nobody leads the API: of its writes the pack's generation alone decides which one was made from what is there.
  if this_source <> 'api' then
    perform from source_lease l
      where l.source = this_source and l.epoch = (change_set ->> 'epoch')::bigint and l.expires_at > clock_timestamp()
      for key share;
    if not found then
      perform drop_stage(change_set);
      return jsonb_build_object('refused', 'lease');
    end if;
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
      -- Not the key: a row of another system that refers to the pack and is not committed yet must not hold up the files.
      select * into held_pack from pack p where p.ref = this_pack for no key update;
      -- Definitions of the API may live in a pack of a root, whose row stays the root's.
      is_guest := this_source = 'api' and held_pack.source <> 'api' and held_pack.status <> 'retired'
        and not has_pack and change_set ->> 'pack_status' is null;
      if held_pack.id is null or held_pack.generation <> expected
        or (held_pack.source <> this_source and held_pack.status <> 'retired' and not is_guest)
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
    drifted = false, updated = now(), pinned_revision = null, pinned_over = null,
    last_number = w.last_number + case when exists (select from workflow_revision r
      where r.workflow_definition = w.id and r.revision = excluded.revision) then 0 else 1 end;
  get diagnostics affected = row_count;
  written := written + affected;

  insert into workflow_revision (workflow_definition, number, revision, definition, source_text, version, cause)
  select w.id, w.last_number, w.revision, w.definition, w.source_text, w.version, change_set ->> 'cause'
  from workflow_definition w
  where w.ref = any (workflows) and not exists (select from workflow_revision r where r.workflow_definition = w.id and r.revision = w.revision)
  order by w.ref;
  get diagnostics affected = row_count;
  written := written + affected;

  -- A pinned revision that comes back, changes its owner or was changed by hand is served as it was pinned.
  for restored in
    select w.id, w.pinned_revision, d.source_path
    from apply_items(change_set, 'restore') i
    cross join lateral jsonb_to_record(i) as d (ref text, source_path text)
    join workflow_definition w on w.ref = d.ref
    order by w.ref
  loop
    update workflow_definition w set pack = held_pack.id, source = this_source, source_path = restored.source_path,
      status = 'active', retired_at = null
    where w.id = restored.id;
    if not serve_revision(restored.id, restored.pinned_revision) then
      -- The pin was changed by hand too, to what never was: it ends, and the next pass writes what lies on disk.
      update workflow_definition w set pinned_revision = null, pinned_over = null, drifted = true where w.id = restored.id;
    end if;
    written := written + 1;
  end loop;

  update workflow_definition w set source_path = d.source_path,
    -- Under a pin the text is that of the pinned revision.
    source_text = case when w.pinned_revision is null then d.source_text else w.source_text end,
    file_digest = case when w.pinned_revision is null then d.file_digest else w.file_digest end
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

  written := written + sync_callable(array(
    select w.id from workflow_definition w where w.ref = any (workflows || restores || actions)));

  if keep > 0 then
    written := written + forget_revisions(array(
      select w.id from workflow_definition w
      where w.ref = any (workflows) and w.last_number > keep), keep);
  end if;

  if degraded <> '{}' then
    update workflow_definition w set status = 'degraded'
    where w.source = this_source and w.status = 'active' and w.ref = any (degraded);
    get diagnostics affected = row_count;
    written := written + affected;
    update action a set status = 'degraded'
    where a.source = this_source and a.status = 'active' and a.ref = any (degraded);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if recovered <> '{}' then
    update workflow_definition w set status = 'active'
    where w.source = this_source and w.status = 'degraded' and w.ref = any (recovered);
    get diagnostics affected = row_count;
    written := written + affected;
    update action a set status = 'active'
    where a.source = this_source and a.status = 'degraded' and a.ref = any (recovered);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if retired <> '{}' then
    update workflow_definition w set status = 'retired', retired_at = now()
    where w.source = this_source and w.status <> 'retired' and w.ref = any (retired);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;
  if retired_actions <> '{}' then
    update action a set status = 'retired', retired_at = now()
    where a.source = this_source and a.status <> 'retired' and a.ref = any (retired_actions);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if removed_files <> '{}' then
    delete from pack_file f
    where f.source = this_source and f.path = any (removed_files);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

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

  perform settle_batches(this_source, this_pack);

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
      source = case when is_guest then p.source else this_source end,
      source_path = case when has_pack then wanted.source_path else p.source_path end,
      revision = case when has_pack then wanted.revision else p.revision end,
      status = coalesce(change_set ->> 'pack_status', p.status),
      -- Of a retired pack this is since when.
      updated = case
        when has_pack and expected is not null or change_set ->> 'pack_status' = 'retired' and p.status <> 'retired' then now()
        else p.updated end,
      generation = p.generation + 1,
      -- A guest has not looked at what was changed by hand: that stays to be seen.
      applied_generation = case when is_guest then p.applied_generation
        + case when p.applied_generation = p.generation then 1 else 0 end else p.generation + 1 end
    where p.id = held_pack.id;
    written := written + 1;
  end if;

  if written = 0 then
    perform drop_stage(change_set);
    return jsonb_build_object('written', 0);
  end if;

  update catalog_version set version = version + 1 returning version into new_version;
  insert into catalog_change (version, position, source, pack_ref, ref, verb, number, batch)
  select new_version, i.place, this_source, this_pack, i.item ->> 'ref', i.item ->> 'verb',
    (select r.number from workflow_definition w
      join workflow_revision r on r.workflow_definition = w.id and r.revision = w.revision
      where w.ref = i.item ->> 'ref'),
    i.item ->> 'batch'
  from apply_items(change_set, 'changes') with ordinality as i (item, place);
  perform drop_stage(change_set);
  perform pg_notify(current_schema(), json_build_object('version', new_version, 'pack', this_pack)::text);
  if this_source = 'api' then
    perform ask_waiting(change_set, this_pack, held_pack.id);
  end if;
  return jsonb_build_object('written', written, 'version', new_version);
end $$;

-- The loop turns only for tasks in tasks.
create or replace function called_refs(definition jsonb) returns text[]
language plpgsql immutable parallel safe as $$
declare
  tasks jsonb := definition -> 'tasks';
  refs text[] := '{}';
begin
  while tasks <> '[]' loop
    refs := refs || array(
      select action #>> '{}' from jsonb_path_query(tasks, '$[*].action ? (@.type() == "string")') as a (action)
      where length(action #>> '{}') <= 255 and action #>> '{}' ~ '^[a-z][a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*$');
    tasks := jsonb_path_query_array(tasks, '$[*].tasks[*]');
  end loop;
  return array(select distinct ref collate "C" from unnest(refs) as r (ref) order by 1);
end $$;

-- A bounded repetition makes an automaton of as many states, built anew for each value.
alter table workflow_definition
  drop constraint workflow_definition_revision_form,
  drop constraint workflow_definition_digest_form,
  add constraint workflow_definition_revision_form check (length(revision) = 64 and revision !~ '[^0-9a-f]'),
  add constraint workflow_definition_digest_form check (length(file_digest) = 64 and file_digest !~ '[^0-9a-f]');
alter table action
  drop constraint action_revision_form,
  add constraint action_revision_form check (length(revision) = 64 and revision !~ '[^0-9a-f]');
alter table workflow_revision
  drop constraint workflow_revision_form,
  add constraint workflow_revision_form check (length(revision) = 64 and revision !~ '[^0-9a-f]');
alter table pack_file
  drop constraint pack_file_digest_form,
  add constraint pack_file_digest_form check (length(digest) = 64 and digest !~ '[^0-9a-f]');
