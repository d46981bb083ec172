-- What is forgotten of the changes is always their beginning, and it is known how much: who follows them by number can tell
-- "nothing new" from "some of it is gone".
-- Locks: access exclusive on catalog_version for its new column (no rewrite). No program forgot changes before this one.

alter table catalog_version add column forgotten bigint not null default 0;
comment on column catalog_version.forgotten is
  'The highest version whose changes were deleted; who knows a lower one has missed some and must read the registry anew.';

create or replace function forget_changes() returns void
language sql set search_path from current
begin atomic
  -- Times are those of the beginning of a transaction, versions come in the order of the ends: an old time may follow a young one.
  with kept as (
    select c.version from catalog_change c where c.at >= now() - interval '7 days' order by c.version limit 1),
  deleted as (
    delete from catalog_change c
    where c.at < now() - interval '7 days' and not exists (select from kept where kept.version <= c.version)
    returning c.version)
  update catalog_version v set forgotten = d.version
  from (select max(version) as version from deleted) d
  where d.version > v.forgotten;
  delete from held_batch b where b.pending = '{}' and b.decided < now() - interval '90 days';
end;
