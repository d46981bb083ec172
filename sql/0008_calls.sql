-- Calls: every workflow definition carries the refs that its tasks call, kept by a trigger, so that who calls a ref is found by an
-- index.
-- Locks: access exclusive on workflow_definition for the new column (no rewrite), share row exclusive while the trigger is made,
-- share while the index is built.

create function task_calls(definition jsonb) returns table (task text, action text)
language plpgsql immutable parallel safe as $$
declare
  tasks jsonb := jsonb_path_query_array(definition, '$.tasks[*]');
begin
  while tasks <> '[]' loop
    return query select t.item ->> 'name', t.item ->> 'action' from jsonb_array_elements(tasks) as t (item)
      where jsonb_typeof(t.item -> 'action') = 'string';
    tasks := jsonb_path_query_array(tasks, '$[*].tasks[*]');
  end loop;
end $$;
comment on function task_calls(jsonb) is 'Tasks of a definition that name an action, at every depth, the outer ones first.';

-- What is no ref is a template, or of a platform that names its actions otherwise: whom it calls cannot be told here.
create function called_refs(definition jsonb) returns text[]
language plpgsql immutable parallel safe set search_path from current as $$
begin
  return array(
    select distinct c.action collate "C" from task_calls(definition) c
    where length(c.action) <= 255 and c.action ~ '^[a-z][a-z0-9_-]+\.[a-z0-9][a-z0-9_-]*$'
    order by 1);
end $$;
comment on function called_refs(jsonb) is 'The refs that the tasks of a definition call, each once, in byte order.';

alter table workflow_definition add column calls text[] not null default '{}';
comment on column workflow_definition.calls is 'Refs that its tasks call; kept by a trigger, whatever is written to it.';

create function write_calls() returns trigger
language plpgsql set search_path from current as $$
begin
  new.calls := called_refs(new.definition);
  return new;
end $$;
-- Its name sorts behind that of workflow_definition_drift, so it runs after it, as workflow_definition_search does.
create trigger workflow_definition_task_calls
  before insert or update of definition, calls on workflow_definition
  for each row execute function write_calls();

-- As this program's own write: rows that were there before are not drifted by it.
set local packwatch.writer = 'on';
update workflow_definition set calls = '{}';
set local packwatch.writer = 'off';

create index workflow_definition_calls_index on workflow_definition using gin (calls);
