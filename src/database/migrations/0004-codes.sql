-- Codes that were asked for, by which an outsider shows that a mailbox is theirs. One is asked for at a link's page, and
-- a row is written whatever the link is, so that an unknown link is limited as a known one is.
create table codes (
  id uuid primary key,
  token_hash bytea not null,                  -- of the link's token
  code_hash bytea not null,                   -- keyed; of nothing where no code was mailed
  address_key text not null,                  -- where from: "address:<ip>"
  asked_at timestamptz not null default now(),
  ends_at timestamptz not null,
  tries integer not null default 0,
  ended_at timestamptz                        -- when used, or replaced by a newer one
);
create index codes_by_token on codes (token_hash, asked_at);
create index codes_by_address on codes (address_key, asked_at);
create index codes_by_time on codes (asked_at);

-- A session of an outsider opens one link, and nothing else.
alter table sessions add column link_id uuid references links (id) on delete cascade;
alter table sessions add constraint sessions_one_login check (account_id is null or link_id is null);
create index sessions_by_link on sessions (link_id) where link_id is not null;
