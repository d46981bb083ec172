-- Rows changed by anybody but this program are marked, and their pack's generation goes up.
-- apply_pack announces itself through the setting packwatch.writer, which its SET clause holds for its own run only.
-- Locks: share row exclusive on pack, workflow_definition and action while the triggers are made.

create function is_writer() returns boolean
language sql stable
return coalesce(current_setting('packwatch.writer', true), '') = 'on';
comment on function is_writer() is 'True inside this program''s own write functions.';

create function mark_workflow_drift() returns trigger
language plpgsql set search_path from current as $$
declare
  overlay workflow_definition := new;
begin
  -- The operator's overlay belongs to no file: changing it by hand is no drift.
  overlay.enabled := old.enabled;
  overlay.protected := old.protected;
  if not is_writer() and overlay is distinct from old then
    new.drifted := true;
  end if;
  return new;
end $$;
create trigger workflow_definition_drift before update on workflow_definition
  for each row execute function mark_workflow_drift();

create function mark_action_drift() returns trigger
language plpgsql set search_path from current as $$
begin
  if not is_writer() and new is distinct from old then
    new.drifted := true;
  end if;
  return new;
end $$;
create trigger action_drift before update on action
  for each row execute function mark_action_drift();

create function count_pack_drift() returns trigger
language plpgsql set search_path from current as $$
begin
  if not is_writer() and new.generation = old.generation and new is distinct from old then
    new.generation := old.generation + 1;
    new.revision := null;
  end if;
  return new;
end $$;
create trigger pack_drift before update on pack
  for each row execute function count_pack_drift();

create function count_new_rows() returns trigger
language plpgsql set search_path from current as $$
begin
  if not is_writer() then
    update pack set generation = generation + 1 where id in (select n.pack from new_rows n);
  end if;
  return null;
end $$;
create function count_changed_rows() returns trigger
language plpgsql set search_path from current as $$
begin
  if not is_writer() then
    update pack set generation = generation + 1
    where id in (select n.pack from new_rows n union select o.pack from old_rows o);
  end if;
  return null;
end $$;
create function count_old_rows() returns trigger
language plpgsql set search_path from current as $$
begin
  if not is_writer() then
    update pack set generation = generation + 1 where id in (select o.pack from old_rows o);
  end if;
  return null;
end $$;

create trigger workflow_definition_inserted after insert on workflow_definition
  referencing new table as new_rows for each statement execute function count_new_rows();
create trigger workflow_definition_updated after update on workflow_definition
  referencing old table as old_rows new table as new_rows for each statement execute function count_changed_rows();
create trigger workflow_definition_deleted after delete on workflow_definition
  referencing old table as old_rows for each statement execute function count_old_rows();
create trigger action_inserted after insert on action
  referencing new table as new_rows for each statement execute function count_new_rows();
create trigger action_updated after update on action
  referencing old table as old_rows new table as new_rows for each statement execute function count_changed_rows();
create trigger action_deleted after delete on action
  referencing old table as old_rows for each statement execute function count_old_rows();
