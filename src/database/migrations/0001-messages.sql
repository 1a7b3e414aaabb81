-- A sealed mail.
create table messages (
  id uuid primary key,
  created_at timestamptz not null default now(),
  sender text not null,                       -- envelope sender; empty for the null return path
  sender_name text not null,                  -- as the From field shows it: "Anna Å <anna@example.org>"
  sender_account text,                        -- the account that logged in, where one did
  subject text not null,                      -- decoded, without the mark
  login text not null check (login in ('recipients', 'locals', 'none')),
  max_downloads integer check (max_downloads > 0),
  private boolean not null,
  receipt boolean not null,
  lang text not null check (lang in ('sv', 'en')),
  expires_at timestamptz not null,
  ended_at timestamptz,                       -- when expired or revoked; its key and objects are then gone
  revoked boolean not null default false,
  key_id text not null,                       -- which master key wraps the message's key
  wrapped_key bytea,                          -- null once forgotten
  copy text not null check (copy in ('detach', 'notice')),
  slim_object_key text not null,
  slim_size_bytes bigint not null,            -- plain bytes
  slim_slots jsonb not null,
  envelope_parameters text[] not null,
  received_mail_sha256 text not null          -- of the mail as received, to recognise the same mail again
);
create index messages_to_end on messages (expires_at) where ended_at is null;

-- What a detached part became.
create table files (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  position integer not null,
  kind text not null check (kind in ('attachment', 'body', 'mail')),
  name text not null,
  media_type text not null,
  still_encoded boolean not null,
  size_bytes bigint not null,
  sha256 text,                                -- null for what was uploaded piece by piece
  object_keys text[] not null,                -- in order: one, or those that an upload made
  object_sizes bigint[] not null,             -- plain bytes in each
  unique (message_id, position),
  check (cardinality(object_keys) = cardinality(object_sizes))
);
create index files_by_object on files using gin (object_keys);
create index messages_by_slim_object on messages (slim_object_key);

-- One recipient's way to one message.
create table links (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  recipient text not null,                    -- as in the envelope
  recipient_key text not null,                -- lower case, to compare
  recipient_parameters text[] not null,
  is_local boolean not null,
  generation integer not null default 0,
  token_hash bytea not null unique,
  revoked_at timestamptz
);
create index links_by_message on links (message_id);
create index links_by_recipient on links (recipient_key);
