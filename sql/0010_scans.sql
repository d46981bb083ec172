-- What came of a scan that was asked for, for those who wait for it on any host: done, done but for some packs, or why it could not
-- be begun yet.
-- Locks: access exclusive on source_lease for its new columns (no rewrite).

alter table source_lease add column scan_tried bigint not null default 0, add column scan_left text[], add column scan_trouble text;
comment on column source_lease.scan_tried is 'Number of the latest requested scan that the holder could not end at once.';
comment on column source_lease.scan_left is
  'Pack directories that scan_tried has still to look at, for they were being written; null: it has looked at nothing yet.';
comment on column source_lease.scan_trouble is 'Why it has looked at nothing, for people: the root cannot be listed.';

create function answer_scan(this_source text, this_epoch bigint, this_number bigint, remaining text[], trouble text) returns void
language sql set search_path from current
begin atomic
  with answered as (
    update source_lease l set
      scan_done = case when remaining = '{}' then greatest(l.scan_done, this_number) else l.scan_done end,
      scan_tried = greatest(l.scan_tried, this_number),
      scan_left = remaining,
      scan_trouble = trouble
    where l.source = this_source and l.epoch = this_epoch and l.scan_done < this_number and l.scan_tried <= this_number
      and (l.scan_tried, l.scan_left, l.scan_trouble) is distinct from (this_number, remaining, trouble)
    returning l.source)
  select pg_notify(current_schema() || '_scan', a.source) from answered a;
end;
comment on function answer_scan(text, bigint, bigint, text[], text) is
  'Tells a requested scan as done (remaining is empty), as done but for some packs, or (null) why not; nothing when the lease is gone, as the next holder scans once more.';
