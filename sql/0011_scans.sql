-- What came of a scan that was asked for, for those who wait for it on any host: done, or why it could not be done yet.
-- Locks: access exclusive on source_lease for its new columns (no rewrite).

alter table source_lease add column scan_tried bigint not null default 0, add column scan_trouble text;
comment on column source_lease.scan_tried is 'Number of the latest requested scan that the holder has begun and could not end.';
comment on column source_lease.scan_trouble is 'Why, for people: the root cannot be listed. Of no meaning once scan_done has reached scan_tried.';

create function answer_scan(this_source text, this_epoch bigint, this_number bigint, trouble text) returns void
language sql set search_path from current
begin atomic
  with answered as (
    update source_lease l set
      scan_done = case when trouble is null then greatest(l.scan_done, this_number) else l.scan_done end,
      scan_tried = case when trouble is null then l.scan_tried else greatest(l.scan_tried, this_number) end,
      scan_trouble = trouble
    where l.source = this_source and l.epoch = this_epoch
      and case when trouble is null then l.scan_done < this_number
        else l.scan_tried < this_number or l.scan_trouble is distinct from trouble end
    returning l.source)
  select pg_notify(current_schema() || '_scan', a.source) from answered a;
end;
comment on function answer_scan(text, bigint, bigint, text) is
  'Tells a requested scan as done (trouble null) or why it is not; nothing when the lease is gone, as the next holder scans once more.';
