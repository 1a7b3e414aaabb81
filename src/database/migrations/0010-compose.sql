-- A message that is being written in the portal: it is sent under its id, with its key.
create table drafts (
  id uuid primary key,
  account_id text not null,
  key_id text not null,                       -- which master key wraps the message's key
  wrapped_key bytea not null,
  content bytea,                              -- what was written so far, sealed with the message's key; null for nothing
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
create index drafts_by_account on drafts (account_id, changed_at);
create index drafts_by_time on drafts (changed_at);

-- A file on its way to a draft, in pieces that are durable one by one. Its id becomes the file's.
create table uploads (
  id uuid primary key,
  draft_id uuid not null references drafts (id) on delete cascade,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,                 -- as announced
  received_bytes bigint not null default 0,   -- whole once it has size_bytes
  object_keys text[] not null default '{}',
  object_sizes bigint[] not null default '{}',
  created_at timestamptz not null default now(),
  check (received_bytes <= size_bytes),
  check (cardinality(object_keys) = cardinality(object_sizes))
);
create index uploads_by_draft on uploads (draft_id, created_at, id);
create index uploads_by_object on uploads using gin (object_keys);

-- Whom somebody writes to, by a name of their own. One with several addresses is a group.
create table contacts (
  id uuid primary key,
  account_id text not null,
  name text not null,
  addresses text[] not null check (cardinality(addresses) > 0),
  created_at timestamptz not null default now()
);
create unique index contacts_by_name on contacts (account_id, lower(name));

-- What somebody has chosen for the messages that they write in the portal.
create table account_settings (
  account_id text primary key,
  signature_text text not null default '',
  signature_html text not null default '',    -- made safe before it is stored; empty where the text is all
  defaults jsonb not null default '{}'        -- options, as far as they were chosen
);

-- Messages that somebody sent, from the portal or marked in a mail program: by account, or by address where nobody logged in.
create index messages_by_account on messages (sender_account, created_at desc) where sender_account is not null;
create index messages_by_sender on messages (lower(sender), created_at desc);
