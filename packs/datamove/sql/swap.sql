-- Readers see the old table or the new one, never none: both renames commit together.
-- A queue of readers must not form behind this: give up soon, the workflow tries again.
set local lock_timeout = '2s';
alter table :"table" rename to :"old";
alter table :"next" rename to :"table";
drop table :"old";
