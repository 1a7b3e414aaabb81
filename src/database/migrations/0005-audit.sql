-- What happened, in the order in which it was committed. Each entry holds the hash of the one before, so that an
-- entry that is changed, removed or moved is noticed (kuvert audit verify).
create table audit (
  id bigint primary key,                      -- 1, 2, 3 … without a gap
  at timestamptz not null,
  action text not null,
  actor text,                                 -- "account:<id>", "link:<uuid>", … null where it is nobody we know
  message_id uuid,                            -- no foreign keys: what happened outlives what it happened to
  file_id uuid,
  address text,                               -- where from
  details jsonb not null,                     -- texts, whole numbers and truth values by name
  previous_hash bytea not null,
  hash bytea not null
);
create index audit_by_message on audit (message_id) where message_id is not null;
create index audit_by_time on audit using brin (at);
create index audit_logins on audit ((details ->> 'login')) where action = 'login';

create function keep_audit() returns trigger language plpgsql as $$
begin
  raise exception 'Entries of the audit are neither changed nor removed.';
end
$$;
create trigger audit_is_kept before update or delete or truncate on audit
  for each statement execute function keep_audit();
alter table audit enable always trigger audit_is_kept;

-- What is to be entered when its transaction commits. Its rows never outlive their transaction.
create unlogged table audit_inbox (
  id bigint generated always as identity primary key,
  action text not null,
  actor text,
  message_id uuid,
  file_id uuid,
  address text,
  details jsonb not null
);

-- The canonical text of an entry: JSON without spaces, its names (and those of its details) sorted.
create function audit_text(entry audit) returns text language sql stable as $$
  select '{"action":' || to_json(entry.action)::text
    || ',"actor":' || coalesce(to_json(entry.actor)::text, 'null')
    || ',"address":' || coalesce(to_json(entry.address)::text, 'null')
    || ',"at":"' || to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","details":{' || (
      select coalesce(string_agg(to_json(key)::text || ':' || value::text, ',' order by key collate "C"), '')
      from jsonb_each(entry.details))
    || '},"fileId":' || coalesce(to_json(entry.file_id)::text, 'null')
    || ',"id":' || entry.id::text
    || ',"messageId":' || coalesce(to_json(entry.message_id)::text, 'null')
    || ',"previousHash":"' || encode(entry.previous_hash, 'hex') || '"}'
$$;

-- Runs when a transaction commits, so that the chain is locked for that instant only, however long the transaction
-- took; and as the owner, so that the application need not be allowed to write to the table itself.
create function chain_audit() returns trigger language plpgsql security definer as $$
declare
  entry audit;
begin
  -- Any number that nothing else of ours locks in this database.
  perform pg_advisory_xact_lock(7205137);
  -- A statement of its own: only now does it see what the holder of the lock before us has committed.
  select id, hash into entry.id, entry.previous_hash from audit order by id desc limit 1;
  entry.id := coalesce(entry.id, 0) + 1;
  entry.previous_hash := coalesce(entry.previous_hash, decode(repeat('00', 32), 'hex'));
  entry.at := clock_timestamp();
  entry.action := new.action;
  entry.actor := new.actor;
  entry.message_id := new.message_id;
  entry.file_id := new.file_id;
  entry.address := new.address;
  entry.details := new.details;
  entry.hash := sha256(convert_to(audit_text(entry), 'UTF8'));
  insert into audit select entry.*;
  delete from audit_inbox where id = new.id;
  return null;
end
$$;
-- What runs as the owner must find the owner's tables, whatever the caller has made.
do $$
begin
  execute format('alter function chain_audit() set search_path = %I, pg_temp', current_schema());
end
$$;
create constraint trigger audit_chained after insert on audit_inbox
  deferrable initially deferred for each row execute function chain_audit();
