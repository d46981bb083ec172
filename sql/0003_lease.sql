-- The lease of a source: one writer at a time, by the database's clock, with an epoch that every apply checks.
-- Locks: none; functions only.

create function acquire_lease(wanted_source text, new_holder text, dead_holder text, seconds integer)
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
    update source_lease l
      set holder = new_holder, epoch = lease.epoch + 1, expires_at = clock_timestamp() + make_interval(secs => seconds)
      where l.source = wanted_source
      returning * into lease;
    return query select true, lease.holder, lease.epoch, lease.expires_at;
  else
    return query select false, lease.holder, lease.epoch, lease.expires_at;
  end if;
end $$;
comment on function acquire_lease(text, text, text, integer) is
  'Takes a source''s lease when it is free, expired, ours already or held by dead_holder, a process the caller saw gone. The epoch goes up.';
