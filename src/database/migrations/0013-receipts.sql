-- Who has fetched something of a message whose sender wants to be told: noted with their first byte, once.
create table receipts (
  message_id uuid not null references messages (id) on delete cascade,
  person text not null,                       -- as in downloads
  link_id uuid not null references links (id) on delete cascade,
  account_name text,                          -- where they had logged in with an account
  first_at timestamptz not null default now(),
  primary key (message_id, person)
);
create index receipts_by_link on receipts (link_id);

-- Its mail is written when it is sent, so that it names everything that was fetched in the first moments.
alter table notices add column tells_message uuid references messages (id) on delete cascade;
alter table notices add column tells_person text;
create index notices_by_message on notices (tells_message) where tells_message is not null;
