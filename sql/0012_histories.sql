-- A number is never given out twice, also when the database forgets commits: it fails over to a replica that lagged behind, or is
-- restored from a backup. From there on it has another history, and the first transaction that notices leaves a gap behind what was
-- kept, wider than what can have been lost. Versions within a gap were never this registry's.
-- Locks: access exclusive on catalog_version and source_lease for their new columns (no rewrite) and triggers.

alter table catalog_version add column history text[];
comment on column catalog_version.history is 'As history_of_database has it, when the version went up last.';
alter table source_lease add column history text[];
comment on column source_lease.history is 'As history_of_database has it, when the row was written last.';

create table catalog_gap (
  version bigint constraint catalog_gap_pk primary key,
  kept bigint not null constraint catalog_gap_order check (kept < version),
  at timestamptz not null default now(),
  history text[] not null
);
comment on table catalog_gap is 'Where another history begins. Who knows a version within a gap knows of commits that are lost.';
comment on column catalog_gap.version is 'The first version after the gap.';
comment on column catalog_gap.kept is 'The last version before it.';
comment on column catalog_gap.history is 'As history_of_database had it after it.';

create function history_of_database(this_table oid) returns text[]
language plpgsql set search_path from current as $$
declare
  system text;
  timeline text;
begin
  begin
    -- Of the log's own name: what pg_control_checkpoint says is the old one for a while after a promotion.
    timeline := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  exception when others then
    null; -- a compatible server that has no such log, or does not tell
  end;
  begin
    system := (select c.system_identifier::text from pg_control_system() c);
  exception when others then
    null; -- likewise
  end;
  -- A dump that is read in again makes another database, or another table in it.
  return array[system, timeline, (select d.oid::text from pg_database d where d.datname = current_database()),
    this_table::text];
end $$;
comment on function history_of_database(oid) is
  'System identifier, timeline, database and table: none becomes another unless commits may have been lost. Null where the server does not tell.';

create function is_other_history(before text[], here text[]) returns boolean
language sql immutable
begin atomic
  -- What was not told, then or now, says nothing.
  select coalesce(bool_or(b.part <> h.part), false)
  from unnest(before) with ordinality as b (part, place)
  join unnest(here) with ordinality as h (part, place) using (place);
end;

comment on function is_other_history(text[], text[]) is 'Whether anything that is known of both is not the same.';

create function after_gap(last bigint) returns bigint
language sql volatile
begin atomic
  -- A thousand million and a part by chance: two histories that part at one place must not go on with the same numbers.
  select (last / 1000000000 + 1) * 1000000000 + floor(random() * 500000000)::bigint;
end;

comment on function after_gap(bigint) is 'A number to go on with where numbers after the last one may have been given out and lost.';

create function keep_histories_apart() returns trigger
language plpgsql set search_path from current as $$
declare
  here text[] := history_of_database(tg_relid);
  is_other boolean := is_other_history(old.history, here);
begin
  new.history := here;
  if tg_table_name = 'catalog_version' then
    if is_other and old.version > 0 then
      new.version := after_gap(old.version);
    end if;
    if new.version > old.version + 1 then
      insert into catalog_gap (version, kept, history) values (new.version, old.version, here);
    end if;
  elsif is_other then
    -- Whoever holds the lease has to take it again, under a number that nobody was given in what is lost.
    new.epoch := after_gap(old.epoch);
    new.scan_requested := after_gap(old.scan_requested);
  end if;
  return new;
end $$;

create function begin_lease() returns trigger
language plpgsql set search_path from current as $$
begin
  -- It may be a row that was there before, and is among what is lost.
  select greatest(new.epoch, case
      when v.version > 0 and is_other_history(v.history, history_of_database(v.tableoid)) then after_gap(v.version)
      else (select max(g.version) from catalog_gap g) end)
    into new.epoch from catalog_version v;
  new.scan_requested := greatest(new.scan_requested, case when new.epoch >= 1000000000 then new.epoch end);
  new.history := history_of_database(tg_relid);
  return new;
end $$;

create trigger catalog_version_history before update of version on catalog_version
  for each row execute function keep_histories_apart();
create trigger source_lease_history before update on source_lease
  for each row execute function keep_histories_apart();
create trigger source_lease_begin before insert on source_lease
  for each row execute function begin_lease();

update catalog_version set history = history_of_database('catalog_version'::regclass);
update source_lease set history = history_of_database('source_lease'::regclass);

create function leave_gap(seen bigint) returns void
language sql set search_path from current
begin atomic
  with moved as (
    update catalog_version v set version = after_gap(v.version) where v.version < seen returning v.version)
  select pg_notify(current_schema(), json_build_object('version', m.version, 'pack', null)::text) from moved m;
end;
comment on function leave_gap(bigint) is
  'For whoever has seen a version that the registry has not reached: what was told up to there is lost, and its numbers are not used again.';
