-- When the objects of an ended message were removed; its rows are kept for a while.
alter table messages add column objects_removed_at timestamptz;
create index messages_to_remove on messages (ended_at) where ended_at is not null and objects_removed_at is null;
create index messages_to_forget on messages (ended_at) where objects_removed_at is not null;

-- When it was decided who is reminded of a message: once for all of its recipients.
alter table messages add column reminded_at timestamptz;
create index messages_to_remind on messages (expires_at) where ended_at is null and reminded_at is null;

-- A reminder holds a link, which is a secret: its mail is written when it is sent, and never stored.
alter table notices add column reminds_link uuid references links (id) on delete cascade;
create index notices_by_link on notices (reminds_link) where reminds_link is not null;
create index notices_settled on notices (settled_at) where settled_at is not null;

-- What goes with a link or a message that is forgotten is found by these.
create index downloads_by_link on downloads (link_id);
create index sessions_idle on sessions (last_seen_at);

-- Upkeep that is done less often than every round, by whichever node comes to it.
create table chores (
  name text primary key,
  done_at timestamptz not null
);
