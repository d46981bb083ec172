-- Who led a source last, and from where: a replica that stands elsewhere compares its packs before it takes over. And a change tells
-- under which epoch it was written, so that a history can be checked: no writer that was overtaken is in it.
-- Locks: access exclusive on source_lease and catalog_change for their new columns (no rewrite).

alter table source_lease add column led_from text, add column led_since timestamptz;
comment on column source_lease.led_from is
  'Host and directory from which the source was led last, kept when the lease is given back; null: not known.';
comment on column source_lease.led_since is 'When the latest epoch was given out.';

create function take_lease(wanted_source text, new_holder text, dead_holder text, seconds integer, place text)
returns table (acquired boolean, holder text, epoch bigint, expires_at timestamptz)
language plpgsql set search_path from current set lock_timeout = '5s' as $$
declare
  lease source_lease;
begin
  insert into source_lease (source) values (wanted_source) on conflict do nothing;
  -- FOR UPDATE waits for an apply in flight, which holds FOR KEY SHARE: nobody is overtaken in the middle of a write.
  select * into lease from source_lease l where l.source = wanted_source for update;
  if lease.holder is null or lease.holder = new_holder or lease.holder = dead_holder
    or lease.expires_at <= clock_timestamp()
  then
    update source_lease l set
      holder = new_holder,
      epoch = lease.epoch + 1,
      expires_at = clock_timestamp() + make_interval(secs => seconds),
      led_from = place,
      led_since = clock_timestamp()
    where l.source = wanted_source
    returning * into lease;
    return query select true, lease.holder, lease.epoch, lease.expires_at;
  else
    return query select false, lease.holder, lease.epoch, lease.expires_at;
  end if;
end $$;
comment on function take_lease(text, text, text, integer, text) is
  'Takes a source''s lease when it is free, expired, ours already or held by dead_holder, a process the caller saw gone. The epoch goes up.';

-- For programs that do not know where they lead from.
create or replace function acquire_lease(wanted_source text, new_holder text, dead_holder text, seconds integer)
returns table (acquired boolean, holder text, epoch bigint, expires_at timestamptz)
language sql set search_path from current set lock_timeout = '5s'
begin atomic
  select t.acquired, t.holder, t.epoch, t.expires_at from take_lease(wanted_source, new_holder, dead_holder, seconds, null) t;
end;

-- Set for one statement by whoever calls apply_pack. As a default it holds for whatever function writes the row.
alter table catalog_change add column epoch bigint default nullif(current_setting('packwatch.epoch', true), '')::bigint;
comment on column catalog_change.epoch is
  'Epoch of the source''s lease that the writer named; null: written by a person or a client, who need none.';
