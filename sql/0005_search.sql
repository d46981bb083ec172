-- Search: every workflow definition carries its words, weighted, kept by a trigger; and indexes for what the catalogue lists.
-- No text search configuration is involved: its parser takes `pack.name` for a host name, and answers would depend on the server.
-- Locks: share row exclusive on workflow_definition while the trigger is made, access exclusive for the new column (no rewrite),
-- share while the indexes are built.

create function search_words(content text) returns text[]
language sql immutable parallel safe
return array_remove(regexp_split_to_array(lower(left(content, 16384)),
  '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f\uff00-\uff0f]+'), '');
comment on function search_words(text) is
  'The words of the first 16384 characters, lower case: what stands between punctuation and blanks, so a ref falls into its parts.';

-- Quotes and backslashes are punctuation, so no word can end its quotation.
create function search_vector(content text) returns tsvector
language sql immutable parallel safe
return (
  select coalesce(string_agg('''' || left(word, 255) || ''':' || place, ' '), '')::tsvector
  from unnest(search_words(content)) with ordinality as words (word, place)
);
comment on function search_vector(text) is 'Words with their places; bounded, so that no content is too long for it.';

create function search_query(content text) returns tsquery
language sql immutable parallel safe
return (
  select string_agg('''' || left(word, 255) || ''':*', ' & ')::tsquery
  from unnest(search_words(left(content, 200))) as words (word)
);
comment on function search_query(text) is 'Finds what has all of the words as beginnings of its own; null, which finds nothing, when there is none.';

-- Level by level and no recursive query: the planner expects so much of that one that it compiles it, 170 ms each time.
create function task_words(definition jsonb) returns text
language plpgsql immutable parallel safe as $$
declare
  tasks jsonb := jsonb_path_query_array(definition, '$.tasks[*]');
  words text;
begin
  while tasks <> '[]' loop
    words := concat_ws(' ', words, (
      select string_agg(concat_ws(' ', task ->> 'name', task ->> 'action'), ' ') from jsonb_array_elements(tasks) as t (task)));
    tasks := jsonb_path_query_array(tasks, '$[*].tasks[*]');
  end loop;
  return words;
end $$;
comment on function task_words(jsonb) is 'Names and actions of the tasks of a definition, at every depth.';

-- In plpgsql, which keeps its plan for the session: as a query it is planned for every row, which takes ten times as long.
create function search_document(ref text, label text, description text, tags text[], definition jsonb) returns tsvector
language plpgsql immutable parallel safe set search_path from current as $$
begin
  return setweight(search_vector(ref), 'A') || setweight(search_vector(label), 'B')
    || setweight(search_vector(array_to_string(tags, ' ')), 'C') || setweight(search_vector(description), 'D')
    || setweight(search_vector(task_words(definition)), 'D');
end $$;
comment on function search_document(text, text, text, text[], jsonb) is 'The words of a workflow by weight: ref, label, tags, then description and tasks.';

alter table workflow_definition add column search tsvector not null default '';
comment on column workflow_definition.search is 'Words of ref, label, tags, description and tasks; kept by a trigger, whatever is written to it.';

create function write_search() returns trigger
language plpgsql set search_path from current as $$
begin
  new.search := search_document(new.ref, new.label, new.description, new.tags, new.definition);
  return new;
end $$;
-- A column of its own and no generated one: that is null while workflow_definition_drift looks at the row, which would then
-- take every change of the overlay for drift. This trigger's name sorts behind that one's, so it runs after it.
create trigger workflow_definition_search
  before insert or update of ref, label, description, tags, definition, search on workflow_definition
  for each row execute function write_search();

-- As this program's own write: rows that were there before are not drifted by it.
set local packwatch.writer = 'on';
update workflow_definition set search = '';
set local packwatch.writer = 'off';

create index workflow_definition_search_index on workflow_definition using gin (search);
-- Refs are listed in byte order, whatever collation the database was made with; status is there for counting without the wide rows.
create index workflow_definition_list_index on workflow_definition (ref collate "C") include (status);
create index workflow_definition_pack_list_index on workflow_definition (pack_ref, ref collate "C") include (status);
create index workflow_definition_updated_index on workflow_definition (updated);
create index pack_file_list_index on pack_file (source collate "C", path collate "C");
create index pack_file_pack_index on pack_file (pack_ref);
