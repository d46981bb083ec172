-- What one row costs a load: its words and calls come of one walk over its tasks, and no statement of an apply reads more of a table
-- than the rows it is about. What is stored is the same.
-- Locks: access exclusive on workflow_definition while its triggers are replaced (no rewrite).

create or replace function search_words(content text) returns text[]
language plpgsql immutable parallel safe as $$
begin
  -- Most words come from refs and names of tasks. A regular expression would begin anew at each of them.
  if content ~ '^[A-Za-z0-9 ._-]*$' then
    return array_remove(
      string_to_array(replace(replace(replace(lower(left(content, 16384)), '.', ' '), '_', ' '), '-', ' '), ' '), '');
  end if;
  return array_remove(regexp_split_to_array(lower(left(content, 16384)),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f\uff00-\uff0f]+'), '');
end $$;

create function numbered_words() returns text
language sql immutable parallel safe
return (select string_agg('''%s'':' || n || ' ', '' order by n) from generate_series(1, 999) as n);
comment on function numbered_words() is
  'A format for up to 999 words with their places. Immutable, so that it is part of the plan of whoever calls it.';

create function search_document(ref text, label text, description text, tags text[], task_words text) returns tsvector
language plpgsql immutable parallel safe set search_path from current as $$
declare
  parts text[] := array[ref, label, array_to_string(tags, ' '), description, task_words];
  weights "char"[] := '{A,B,C,D,D}';
  words text[];
  count integer;
  vector tsvector;
  document tsvector := '';
begin
  for part in 1 .. 5 loop
    words := search_words(parts[part]);
    count := cardinality(words);
    continue when count is null or count = 0;
    -- Quotes and backslashes are punctuation, so no word can end its quotation. A lexeme has 2046 bytes at most, and a letter may
    -- take more of them as a small one.
    if count <= 999 and octet_length(parts[part]) <= 1023 then
      -- Each word takes 7 characters beside the digits of its place after the first.
      vector := format(left(numbered_words(), 7 * count + greatest(count - 9, 0) + greatest(count - 99, 0)), variadic words);
    else
      vector := (select string_agg('''' || left(word, 255) || ''':' || place, ' ')
        from unnest(words) with ordinality as w (word, place));
    end if;
    document := document || setweight(vector, weights[part]);
  end loop;
  return document;
end $$;
comment on function search_document(text, text, text, text[], text) is
  'The words of a workflow by weight: ref, label, tags, then description and tasks; bounded, so that no content is too long for it.';

create function walk_tasks(definition jsonb, out words text, out calls text[])
language plpgsql immutable parallel safe as $$
declare
  tasks jsonb := definition -> 'tasks';
  task jsonb;
  texts text[] := '{}';
begin
  calls := '{}';
  if jsonb_typeof(tasks) is distinct from 'array' then
    tasks := jsonb_path_query_array(definition, '$.tasks[*]');
  end if;
  -- Level by level, the outer ones first. No query for each: beginning one takes longer than looking at a few tasks.
  while tasks <> '[]' loop
    for place in 0 .. jsonb_array_length(tasks) - 1 loop
      task := tasks -> place;
      texts := texts || (task ->> 'name');
      texts := texts || (task ->> 'action');
      if jsonb_typeof(task -> 'action') = 'string' then
        calls := calls || (task ->> 'action');
      end if;
    end loop;
    tasks := case when jsonb_path_exists(tasks, '$[*].tasks[*]')
      then jsonb_path_query_array(tasks, '$[*].tasks[*]') else '[]' end;
  end loop;
  words := array_to_string(texts, ' ');
  -- What is no ref is a template, or of a platform that names its actions otherwise: whom it calls cannot be told here.
  calls := array(
    select distinct ref collate "C" from unnest(calls) as r (ref)
    where length(ref) <= 255 and ref ~ '^[a-z][a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*$'
    order by 1);
end $$;
comment on function walk_tasks(jsonb) is
  'Names and actions of the tasks of a definition, at every depth, and the refs that they call, each once, in byte order.';

create or replace function write_search() returns trigger
language plpgsql set search_path from current as $$
declare
  tasks record := walk_tasks(new.definition);
begin
  new.search := search_document(new.ref, new.label, new.description, new.tags, tasks.words);
  new.calls := tasks.calls;
  return new;
end $$;
drop trigger workflow_definition_task_calls on workflow_definition;
drop trigger workflow_definition_search on workflow_definition;
-- Its name sorts behind that of workflow_definition_drift, so it runs after it.
create trigger workflow_definition_search
  before insert or update of ref, label, description, tags, definition, search, calls on workflow_definition
  for each row execute function write_search();
drop function write_calls();
drop function called_refs(jsonb);
drop function search_document(text, text, text, text[], jsonb);
drop function search_vector(text);
drop function task_words(jsonb);

create or replace function sync_callable(these bigint[]) returns integer
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
  -- Said of both tables, so that whichever is read first is read by its index.
  where w.id = any (these) and a.workflow_def = any (these) and a.workflow_def = w.id
    and (a.param_schema is distinct from w.param_schema or a.out_schema is distinct from w.out_schema
      or (a.source_path is not distinct from w.source_path
        and (a.label <> w.label or a.description is distinct from w.description)));
  get diagnostics affected = row_count;
  return affected;
end $$;

-- Without settings of its own, so that it becomes part of the statement that reads the list; and nothing is sorted that comes sorted.
create or replace function apply_items(change_set jsonb, list text) returns setof jsonb
language sql stable
begin atomic
  select item
  from (
    select change_set as payload
    union all
    select p.payload from (
      select s.payload from apply_stage s where s.stage = (change_set ->> 'stage')::uuid order by s.part) p
  ) parts
  cross join lateral jsonb_array_elements(parts.payload -> list) as items (item);
end;

-- What is long stands beside the items where they are not staged: each text is parsed by itself and put into its row as it is.
create function apply_workflows(change_set jsonb, separator text, definitions text, source_texts text)
returns table (item jsonb, definition text, source_text text)
language sql stable
begin atomic
  select i.item, i.definition, i.source_text
  from rows from (jsonb_array_elements(change_set -> 'workflows'), string_to_table(definitions, separator),
    string_to_table(source_texts, separator)) as i (item, definition, source_text)
  union all
  select staged.item, null, null
  from (select s.payload from apply_stage s where s.stage = (change_set ->> 'stage')::uuid order by s.part) p
  cross join lateral jsonb_array_elements(p.payload -> 'workflows') as staged (item);
end;
comment on function apply_workflows(jsonb, text, text, text) is
  'The workflows of a change set in their order, with definition and text as far as they stand beside the items.';

-- Setting a search path takes as long as the list: it has that of its caller. Most lists are empty, and beginning a query for one takes
-- longer than finding that out; where the items are staged the list itself is not there.
create or replace function item_refs(change_set jsonb, list text) returns text[]
language plpgsql stable as $$
begin
  if change_set -> list = '[]' then
    return '{}';
  end if;
  return array(select coalesce(i ->> 'ref', i #>> '{}') from apply_items(change_set, list) i);
end $$;

create function foreign_ref(definitions text[], actions text[], this_source text) returns text
language sql stable set search_path from current
return coalesce(
  (select w.ref from workflow_definition w
    where w.source <> this_source and w.status <> 'retired' and w.ref = any (definitions)
    limit 1),
  (select a.ref from action a
    where a.source <> this_source and a.status <> 'retired' and a.ref = any (actions)
    limit 1));
comment on function foreign_ref(text[], text[], text) is
  'One of these refs of definitions and actions that belongs to another source; null when there is none.';

-- Lists are written in the order they come in, which is that of the refs: the plan is sorted.
-- Whoever gives the change set alone has all of it in the items.
drop function apply_pack(jsonb);
create function apply_pack(change_set jsonb, separator text default null, definitions text default null,
  source_texts text default null) returns jsonb
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
  touched text[] := item_refs(change_set, 'touch');
  actions text[] := item_refs(change_set, 'actions');
  degraded text[] := item_refs(change_set, 'degrade');
  recovered text[] := item_refs(change_set, 'recover');
  retired text[] := item_refs(change_set, 'retire');
  retired_actions text[] := item_refs(change_set, 'retire_actions');
  removed_files text[] := item_refs(change_set, 'removed_files');
  removed_dir text;
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
  foreign_one := foreign_ref(workflows || restores, actions, this_source);
  if foreign_one is not null then
    raise exception '% belongs to another source than %', foreign_one, this_source;
  end if;

  if workflows <> '{}' then
    insert into workflow_definition as w (ref, pack, pack_ref, label, description, version, param_schema, out_schema,
      definition, tags, revision, last_number, source, source_path, source_text, file_digest)
    select d.ref, held_pack.id, this_pack, d.label, d.description, d.version, nullif(d.param_schema, 'null'),
      nullif(d.out_schema, 'null'), coalesce(i.definition::jsonb, d.definition), d.tags, d.revision, 1, this_source,
      d.source_path, coalesce(i.source_text, d.source_text), d.file_digest
    from apply_workflows(change_set, separator, definitions, source_texts) i
    cross join lateral jsonb_to_record(i.item) as d (ref text, label text, description text, version text, param_schema jsonb,
      out_schema jsonb, definition jsonb, tags text[], revision text, source_path text, source_text text, file_digest text)
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
  end if;

  if restores <> '{}' then
    -- A pinned revision that comes back, changes its owner or was changed by hand is served as it was pinned.
    for restored in
      select w.id, w.pinned_revision, d.source_path
      from apply_items(change_set, 'restore') i
      cross join lateral jsonb_to_record(i) as d (ref text, source_path text)
      join workflow_definition w on w.ref = d.ref
      where w.ref = any (restores)
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
  end if;

  -- Where a source is compared by `is not distinct from`, no index of it will do, which leads to all that a root has.
  if touched <> '{}' then
    update workflow_definition w set source_path = d.source_path,
      -- Under a pin the text is that of the pinned revision.
      source_text = case when w.pinned_revision is null then d.source_text else w.source_text end,
      file_digest = case when w.pinned_revision is null then d.file_digest else w.file_digest end
    from apply_items(change_set, 'touch') i
    cross join lateral jsonb_to_record(i) as d (ref text, source_path text, source_text text, file_digest text)
    where w.ref = any (touched) and w.ref = d.ref and w.source is not distinct from this_source;
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if actions <> '{}' then
    insert into action as a (ref, pack, pack_ref, label, description, entrypoint, runtime_ref, param_schema, out_schema,
      parameter_delivery, parameter_format, output_format, timeout_seconds, max_retries, runtime_version_constraint,
      accesses_mcp, default_execution_permission_set_refs, required_worker_runtimes, worker_selector, worker_tolerations,
      worker_affinity, workflow_def, source, source_path, revision)
    select d.ref, held_pack.id, this_pack, d.label, d.description, d.entrypoint, d.runtime_ref,
      nullif(d.param_schema, 'null'), nullif(d.out_schema, 'null'), d.parameter_delivery, d.parameter_format,
      d.output_format, d.timeout_seconds, d.max_retries, d.runtime_version_constraint, d.accesses_mcp,
      d.permission_set_refs, d.required_worker_runtimes, d.worker_selector, d.worker_tolerations,
      d.worker_affinity,
      case when d.is_workflow then (select w.id from workflow_definition w where w.ref = d.ref) end,
      this_source, d.source_path, d.revision
    from apply_items(change_set, 'actions') i
    cross join lateral jsonb_to_record(i) as d (ref text, label text, description text, entrypoint text, runtime_ref text,
      param_schema jsonb, out_schema jsonb, parameter_delivery text, parameter_format text, output_format text,
      timeout_seconds integer, max_retries integer, runtime_version_constraint text, accesses_mcp boolean,
      permission_set_refs text[], required_worker_runtimes jsonb, worker_selector jsonb, worker_tolerations jsonb,
      worker_affinity jsonb, is_workflow boolean, source_path text, revision text)
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
  end if;

  written := written + sync_callable(array(
    select w.id from workflow_definition w where w.ref = any (workflows || restores || actions)));

  if keep > 0 then
    written := written + forget_revisions(array(
      select w.id from workflow_definition w
      where w.ref = any (workflows) and w.last_number > keep), keep);
  end if;

  if degraded <> '{}' then
    update workflow_definition w set status = 'degraded'
    where w.source is not distinct from this_source and w.status = 'active' and w.ref = any (degraded);
    get diagnostics affected = row_count;
    written := written + affected;
    update action a set status = 'degraded'
    where a.source is not distinct from this_source and a.status = 'active' and a.ref = any (degraded);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if recovered <> '{}' then
    update workflow_definition w set status = 'active'
    where w.source is not distinct from this_source and w.status = 'degraded' and w.ref = any (recovered);
    get diagnostics affected = row_count;
    written := written + affected;
    update action a set status = 'active'
    where a.source is not distinct from this_source and a.status = 'degraded' and a.ref = any (recovered);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  if retired <> '{}' then
    update workflow_definition w set status = 'retired', retired_at = now()
    where w.source is not distinct from this_source and w.status <> 'retired' and w.ref = any (retired);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;
  if retired_actions <> '{}' then
    update action a set status = 'retired', retired_at = now()
    where a.source is not distinct from this_source and a.status <> 'retired' and a.ref = any (retired_actions);
    get diagnostics affected = row_count;
    written := written + affected;
  end if;

  -- Directory by directory: before the tables are analysed the planner takes the index of directories, of a list of them as one that
  -- leads to all that a root has.
  for removed_dir in select distinct split_part(path, '/', 1) from unnest(removed_files) as r (path) loop
    delete from pack_file f
    where f.source = this_source and f.dir = removed_dir and f.path = any (removed_files);
    get diagnostics affected = row_count;
    written := written + affected;
  end loop;

  insert into pack_file as f (source, path, dir, pack_ref, role, ref, links, digest, checked_by, state, diagnostics)
  select this_source, d.path, split_part(d.path, '/', 1), this_pack, d.role, d.ref, d.links, d.digest,
    d.checked_by, d.state, d.diagnostics
  from apply_items(change_set, 'files') i
  cross join lateral jsonb_to_record(i) as d (path text, role text, ref text, links text[], digest text, checked_by text,
    state text, diagnostics jsonb)
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
comment on function apply_pack(jsonb, text, text, text) is
  'Writes one pack''s change set in one transaction, or refuses ({"refused": "lease" | "generation"}) and changes nothing.';

drop function foreign_ref(jsonb, text);
