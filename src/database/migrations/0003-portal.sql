-- Somebody's browser, logged in (account_id) or not (a link opened with login=none).
create table sessions (
  id_hash bytea primary key,
  account_id text,
  account_name text,
  account_addresses text[] not null default '{}',
  account_mailboxes text[] not null default '{}',
  account_read_at timestamptz not null default now(), -- when the directory last said that the account is so
  created_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  ends_at timestamptz not null
);
create index sessions_to_end on sessions (ends_at);

-- How often a person has fetched a file. A person is a link ("link:<uuid>") or an account ("account:<id>").
create table counts (
  file_id uuid not null references files (id) on delete cascade,
  person text not null,
  used integer not null default 0 check (used >= 0),
  primary key (file_id, person)
);

-- Every ticket, and what became of it. A ticket is bound to the session that asked for it: its id alone opens nothing.
create table downloads (
  id uuid primary key,
  file_id uuid not null references files (id) on delete cascade,
  link_id uuid not null references links (id) on delete cascade, -- the link that was followed, whoever it counts for
  person text not null,
  account_id text,
  session_hash bytea not null,
  asked_at timestamptz not null default now(),
  ends_at timestamptz not null,
  first_byte_at timestamptz,
  finished_at timestamptz,
  given_back_at timestamptz,
  address text not null                       -- where from
);
create index downloads_by_file on downloads (file_id);
create index downloads_by_session on downloads (session_hash);
create index downloads_open on downloads (ends_at) where first_byte_at is null and given_back_at is null;

-- Logins that failed or are not decided yet, to throttle before the directory is asked.
-- A key is "account:<login>" or "address:<ip>"; an attempt has a row for each.
create table login_failures (
  attempt uuid not null,
  key text not null,
  failed_at timestamptz not null default now(),
  primary key (key, attempt)
);
create index login_failures_by_time on login_failures (failed_at);
create index login_failures_by_attempt on login_failures (attempt);
