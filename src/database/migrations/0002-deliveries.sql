-- Copies to hand to the next hop. A row is claimed with a lease; a killed courier's rows come back when it ends.
create table deliveries (
  id uuid primary key,
  link_id uuid not null references links (id) on delete cascade,
  state text not null default 'queued' check (state in ('queued', 'sent', 'bounced')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  leased_until timestamptz,
  lease uuid,                                 -- which claim holds the row
  last_reply text,
  settled_at timestamptz
);
create index deliveries_due on deliveries (next_attempt_at) where state = 'queued';
create index deliveries_by_link on deliveries (link_id);

-- Mails that Kuvert writes itself (delivery status notifications, receipts), queued like copies.
create table notices (
  id uuid primary key,
  sender text not null,                       -- empty for the null return path
  recipient text not null,
  mail bytea not null,
  worthless_at timestamptz,                   -- after this it need not be sent any more (a code that has ended)
  state text not null default 'queued' check (state in ('queued', 'sent', 'dropped')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  next_attempt_at timestamptz not null default now(),
  leased_until timestamptz,
  lease uuid,
  last_reply text,
  settled_at timestamptz
);
create index notices_due on notices (next_attempt_at) where state = 'queued';
