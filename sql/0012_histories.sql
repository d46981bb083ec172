-- A number is never given out twice, also when the database forgets commits: it fails over to a replica that lagged behind, or is
-- restored from a backup. From there on it has another history. The first transaction that notices leaps over all numbers that can have
-- been given out in what is lost, and counts what came before as forgotten: whoever followed the changes has to read the registry anew,
-- for it may have read what is lost.
-- Locks: access exclusive on catalog_version and source_lease for their new columns (no rewrite) and triggers.

alter table catalog_version add column history text[];
comment on column catalog_version.history is 'As history_of_database has it, when the version went up last.';
alter table source_lease add column history text[];
comment on column source_lease.history is 'As history_of_database has it, when the row was written last.';

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

create function keep_versions_apart() returns trigger
language plpgsql set search_path from current as $$
begin
  new.history := history_of_database(tg_relid);
  if old.version > 0 and is_other_history(old.history, new.history) then
    new.version := after_gap(old.version);
    new.forgotten := new.version - 1;
  end if;
  return new;
end $$;

create function note_history() returns void
language sql set search_path from current
begin atomic
  -- Whoever has it locked raises it, and notices too; waiting for it here, with a lease locked, could be for ever.
  with found as (
    select c.only_row from catalog_version c
    where c.version > 0 and is_other_history(c.history, history_of_database(c.tableoid))
    for no key update skip locked),
  moved as (
    update catalog_version v set version = v.version + 1 from found f where v.only_row = f.only_row returning v.version)
  select pg_notify(current_schema(), json_build_object('version', m.version, 'pack', null)::text) from moved m;
end;
comment on function note_history() is 'Has the version leap where the database has another history since it went up last.';

create function leave_gap(seen bigint) returns void
language sql set search_path from current
begin atomic
  with moved as (
    update catalog_version v set version = a.version, forgotten = a.version - 1
    from (select c.version as last, after_gap(c.version) as version from catalog_version c) a
    where v.version = a.last and v.version < seen
    returning v.version)
  select pg_notify(current_schema(), json_build_object('version', m.version, 'pack', null)::text) from moved m;
end;
comment on function leave_gap(bigint) is
  'For whoever has seen a version that the registry has not reached, where no history tells: has the version leap over it.';

create function keep_leases_apart() returns trigger
language plpgsql set search_path from current as $$
begin
  new.history := history_of_database(tg_relid);
  if tg_op = 'INSERT' then
    -- It may be a row that was there before, and is among what is lost.
    perform note_history();
    select greatest(new.epoch, v.forgotten), greatest(new.scan_requested, v.forgotten) into new.epoch, new.scan_requested
      from (select case when c.forgotten >= 1000000000 then c.forgotten end as forgotten from catalog_version c) v;
  elsif is_other_history(old.history, new.history) then
    -- Whoever holds the lease has to take it again, under a number that nobody was given in what is lost.
    new.epoch := after_gap(old.epoch);
    new.scan_requested := after_gap(old.scan_requested);
    perform note_history();
  end if;
  return new;
end $$;

create trigger catalog_version_history before update of version on catalog_version
  for each row execute function keep_versions_apart();
create trigger source_lease_history before insert or update on source_lease
  for each row execute function keep_leases_apart();

update catalog_version set history = history_of_database('catalog_version'::regclass);
update source_lease set history = history_of_database('source_lease'::regclass);
