-- A change tells under which epoch it was written, so that a history can be checked: no writer that was overtaken is in it.
-- Locks: access exclusive on catalog_change for its new column (no rewrite).

-- Set for one statement by whoever calls apply_pack. As a default it holds for whatever function writes the row.
alter table catalog_change add column epoch bigint default nullif(current_setting('packwatch.epoch', true), '')::bigint;
comment on column catalog_change.epoch is
  'Epoch of the source''s lease that the writer named; null: written by a person or a client, who need none.';
