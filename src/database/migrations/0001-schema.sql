-- The times that lists are sorted by (created_at, changed_at) are kept in milliseconds: the next page of a list goes on
-- from a Date of JavaScript, which knows no more.

-- Messages

create table messages (
  id uuid primary key,
  created_at timestamptz(3) not null default now(),
  sender text not null,
  sender_key text not null,
  sender_name text not null,
  sender_account text,
  subject text not null,
  search_text text not null,
  login text not null check (login in ('recipients', 'locals', 'none')),
  max_downloads integer check (max_downloads > 0),
  private boolean not null,
  receipt boolean not null,
  lang text not null check (lang in ('sv', 'en')),
  expires_at timestamptz not null,
  ended_at timestamptz,
  revoked boolean not null default false,
  objects_removed_at timestamptz,
  reminded_at timestamptz,
  key_id text not null,
  wrapped_key bytea,
  copy text not null check (copy in ('detach', 'notice')),
  slim_object_key text not null,
  slim_size_bytes bigint not null,
  slim_slots jsonb not null,
  slim_sealed bytea,
  envelope_parameters text[] not null,
  link_key_id text not null,
  mac bytea not null,
  constraint messages_ended_without_key check ((ended_at is null) = (wrapped_key is not null)),
  constraint messages_revoked_ended check (ended_at is not null or not revoked),
  constraint messages_removed_ended check (ended_at is not null or objects_removed_at is null)
);
alter table messages alter column slim_sealed set storage external;
comment on table messages is 'A sealed mail.';
comment on column messages.sender is 'The sender of the envelope; empty for the null return path.';
comment on column messages.sender_key is
  'The sender as comparisons spell it. The application writes it: PostgreSQL knows in many a locale no '
  'capitals but those of ASCII.';
comment on column messages.sender_name is 'As the From field shows it: Anna Å <anna@example.org>';
comment on column messages.sender_account is 'The account that logged in; null if none did.';
comment on column messages.subject is 'Decoded, without the mark.';
comment on column messages.search_text is
  'Subject and recipients as comparisons spell them, to search in. A sender searches their own messages only.';
comment on column messages.ended_at is 'When the message expired or was revoked. Its key and its objects are then gone.';
comment on column messages.objects_removed_at is
  'When the objects of an ended message were removed. Its rows are kept for a while.';
comment on column messages.reminded_at is
  'When it was decided which recipients are reminded of the message: once for all of them.';
comment on column messages.key_id is 'The master key that wraps the key of the message.';
comment on column messages.wrapped_key is 'Null once forgotten.';
comment on column messages.slim_size_bytes is 'Bytes before they were sealed.';
comment on column messages.slim_sealed is 'A small slim mail, sealed; null if it is an object of the storage.';
comment on column messages.link_key_id is 'The link key that made the mac.';
comment on column messages.mac is
  'A message authentication code of all that decides access, or to whom something is mailed. A row with '
  'another one is refused.';

create index messages_to_end on messages (expires_at) where ended_at is null;
create index messages_to_remind on messages (expires_at) where ended_at is null and reminded_at is null;
create index messages_to_remove on messages (ended_at) where ended_at is not null and objects_removed_at is null;
create index messages_to_forget on messages (ended_at) where objects_removed_at is not null;
create index messages_by_slim_object on messages (slim_object_key) where slim_sealed is null and ended_at is null;
-- What a person sent: by the account that logged in, else by the address (of mail that came from a trusted MTA).
create index messages_by_sender on messages
  ((coalesce('account:' || sender_account, 'address:' || sender_key)), created_at desc, id desc);
-- So that a node can ask at any time which keys are still needed, however many messages there are.
create index messages_by_key on messages (key_id) where wrapped_key is not null;
create index messages_by_link_key on messages (link_key_id, created_at) where wrapped_key is not null;

create table files (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  position integer not null,
  kind text not null check (kind in ('attachment', 'body', 'mail', 'protected')),
  name text,
  media_type text not null,
  still_encoded boolean not null,
  size_bytes bigint not null,
  sealed bytea not null,
  unique (message_id, position)
);
comment on table files is 'A file of a message: what a detached part became, or an upload.';
comment on column files.kind is
  'attachment, body, mail (a mail whose parts cannot be told) or protected (a mail that is signed or '
  'encrypted).';
comment on column files.name is 'Null if the message is private: the name is then only in "sealed".';
comment on column files.sealed is 'Its name and its hashes, which give the content away, sealed with the key of the message.';

create table links (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  recipient text not null,
  recipient_key text not null,
  recipient_parameters text[] not null,
  is_local boolean not null,
  generation integer not null default 0,
  token_hash bytea not null unique,
  same_mail bytea,
  revoked_at timestamptz,
  link_key_id text not null,
  mac bytea not null
);
comment on table links is 'One recipient''s way to one message.';
comment on column links.recipient is 'As in the envelope.';
comment on column links.recipient_key is 'The recipient as comparisons spell it.';
comment on column links.same_mail is
  'Tells the same mail to the same recipient from all others: no two links have it, whoever writes them at the '
  'same moment. Null if the message did not come in as a mail.';
comment on column links.link_key_id is 'The link key that made the mac and the token.';
comment on column links.mac is 'As that of messages.';

-- A message has one live link for each recipient.
create unique index links_by_message on links (message_id, recipient_key, coalesce(revoked_at, 'infinity'));
-- What a person received, the latest first.
create index links_by_recipient on links (recipient_key, created_at desc, id desc);
create unique index links_by_same_mail on links (same_mail);
-- By time as well: no link is older than its message, so those from before the oldest live message are passed over.
create index links_by_link_key on links (link_key_id, created_at);

-- What is mailed

create table deliveries (
  id uuid primary key,
  link_id uuid not null references links (id) on delete cascade,
  kind text not null default 'first' check (kind in ('first', 'again', 'added')),
  state text not null default 'queued' check (state in ('queued', 'sent', 'bounced')),
  attempts integer not null default 0,
  created_at timestamptz(3) not null default now(),
  next_attempt_at timestamptz not null default now(),
  leased_until timestamptz,
  lease uuid,
  reason text check (reason in ('deferred', 'unknown-address', 'mailbox-full', 'too-large', 'not-allowed', 'refused',
    'unreachable', 'not-supported', 'withdrawn', 'expired', 'key-missing', 'not-genuine', 'interrupted', 'failed')),
  last_reply text,
  settled_at timestamptz,
  to_report text check (to_report in ('refused', 'given-up', 'dropped', 'delayed', 'relayed')),
  delay_noted boolean not null default false,
  constraint deliveries_leased_until check ((lease is null) = (leased_until is null)),
  constraint deliveries_settled_state check ((state = 'queued') = (settled_at is null)),
  constraint deliveries_leased_queued check (state = 'queued' or lease is null)
);
comment on table deliveries is
  'Copies to hand to the next hop. A row is claimed with a lease; the rows of a killed courier come back when '
  'it ends.';
comment on column deliveries.kind is
  'Why this copy is sent: with its message (first), again, or to a recipient who was added to it later.';
comment on column deliveries.lease is 'The claim that holds the row.';
comment on column deliveries.reason is
  'Why the latest attempt did not hand the copy over (src/model.ts); null if it did, or if there was none.';
comment on column deliveries.last_reply is
  'The reply of the next hop to the latest attempt, or a sentence of Kuvert if the reason has none. For people only.';
comment on column deliveries.to_report is
  'What the sender is to be told of the delivery and has not been told yet. The notification is queued in the '
  'transaction that clears it, so that each recipient is reported once.';
comment on column deliveries.delay_noted is 'The sender is warned once.';

-- First attempts and further ones are claimed apart, so that neither keeps the other waiting.
create index deliveries_due_first on deliveries (next_attempt_at) where state = 'queued' and attempts = 0;
create index deliveries_due_again on deliveries (next_attempt_at) where state = 'queued' and attempts > 0;
create index deliveries_leased on deliveries (leased_until) where state = 'queued' and leased_until is not null;
create index deliveries_by_age on deliveries (created_at, id) where state = 'queued';
create index deliveries_by_link on deliveries (link_id);
create index deliveries_to_report on deliveries (link_id) where to_report is not null;

create table receipts (
  id uuid primary key,
  message_id uuid not null references messages (id) on delete cascade,
  link_id uuid not null references links (id) on delete cascade,
  person_link uuid,
  person_account text,
  account_name text,
  first_at timestamptz not null default now(),
  constraint receipts_of_one_person check (num_nonnulls(person_link, person_account) = 1)
);
comment on table receipts is
  'Who has fetched something of a message whose sender wants to be told: noted with their first byte, once.';
comment on column receipts.link_id is 'The link that was followed.';
comment on column receipts.person_link is 'The person who fetched it, as in counts.';
comment on column receipts.account_name is 'Null if they had not logged in with an account.';

create unique index receipts_by_person_link on receipts (message_id, person_link);
create unique index receipts_by_person_account on receipts (message_id, person_account)
  where person_account is not null;
create index receipts_by_link on receipts (link_id);

create table notices (
  id uuid primary key,
  sender text not null,
  recipient text not null,
  kind text not null check (kind in ('mail', 'reminder', 'receipt')),
  mail bytea,
  link_key_id text,
  reminds_link uuid references links (id) on delete cascade,
  tells_receipt uuid references receipts (id) on delete cascade,
  worthless_at timestamptz,
  state text not null default 'queued' check (state in ('queued', 'sent', 'dropped')),
  attempts integer not null default 0,
  created_at timestamptz(3) not null default now(),
  next_attempt_at timestamptz not null default now(),
  leased_until timestamptz,
  lease uuid,
  last_reply text,
  settled_at timestamptz,
  constraint notices_leased_until check ((lease is null) = (leased_until is null)),
  constraint notices_settled_state check ((state = 'queued') = (settled_at is null)),
  constraint notices_leased_queued check (state = 'queued' or lease is null),
  constraint notices_mail_until_settled check ((kind = 'mail' and state = 'queued') = (mail is not null)),
  constraint notices_mail_sealed check ((kind = 'mail') = (link_key_id is not null)),
  constraint notices_reminder check ((kind = 'reminder') = (reminds_link is not null)),
  constraint notices_receipt check ((kind = 'receipt') = (tells_receipt is not null))
);
comment on table notices is
  'Mails that Kuvert writes itself (delivery status notifications, codes, reminders, receipts), queued like '
  'copies.';
comment on column notices.sender is 'Empty for the null return path.';
comment on column notices.kind is
  'A mail stands in the row, until it is settled. A reminder holds a link, which is a secret, so it is written when '
  'it is sent, and never stored; so is a receipt, which names all that was fetched in the first moments.';
comment on column notices.mail is 'Sealed with a key that is derived from the link key.';
comment on column notices.reminds_link is 'The link of a reminder.';
comment on column notices.tells_receipt is 'The receipt that the notice tells its sender of.';
comment on column notices.worthless_at is
  'The notice need not be sent after this time: a code has then ended, for example.';
comment on column notices.lease is 'The claim that holds the row.';

create index notices_due on notices (next_attempt_at) where state = 'queued';
create index notices_by_age on notices (created_at, id) where state = 'queued';
create index notices_settled on notices (settled_at) where settled_at is not null;
create index notices_by_link on notices (reminds_link) where reminds_link is not null;
create index notices_by_receipt on notices (tells_receipt) where tells_receipt is not null;
create index notices_by_link_key on notices (link_key_id) where state = 'queued' and link_key_id is not null;

-- The portal

create table sessions (
  id_hash bytea primary key,
  account_id text,
  account_name text,
  account_addresses text[] not null default '{}',
  account_mailboxes text[] not null default '{}',
  account_read_at timestamptz not null default now(),
  link_id uuid references links (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  last_seen_at timestamptz not null default now(),
  ends_at timestamptz not null,
  link_key_id text not null,
  mac bytea not null,
  constraint sessions_one_login check (account_id is null or link_id is null)
);
comment on table sessions is
  'A person''s browser: logged in with an account, let in to one link by a code, or neither (a link opened '
  'with login=none).';
comment on column sessions.account_read_at is 'When the directory last said that the account is so.';
comment on column sessions.link_id is 'The link that an outsider was let in to. Their session opens nothing else.';
comment on column sessions.mac is 'As that of messages.';

create index sessions_to_end on sessions (ends_at);
create index sessions_idle on sessions (last_seen_at);
create index sessions_by_link on sessions (link_id) where link_id is not null;

create table counts (
  file_id uuid not null references files (id) on delete cascade,
  person_link uuid,
  person_account text,
  used integer not null default 0 check (used >= 0),
  constraint counts_of_one_person check (num_nonnulls(person_link, person_account) = 1)
);
comment on table counts is
  'How often a person has fetched a file. A person is the recipient of a link, or another local, with an account.';

create unique index counts_by_link on counts (file_id, person_link);
create unique index counts_by_account on counts (file_id, person_account) where person_account is not null;

create table downloads (
  id uuid primary key,
  file_id uuid not null references files (id) on delete cascade,
  link_id uuid not null references links (id) on delete cascade,
  zip_id uuid,
  person_link uuid,
  person_account text,
  account_id text,
  session_hash bytea not null,
  address text not null,
  asked_at timestamptz not null default now(),
  ends_at timestamptz not null,
  first_byte_at timestamptz,
  finished_at timestamptz,
  given_back_at timestamptz,
  sent_bytes bigint not null default 0 check (sent_bytes >= 0),
  constraint downloads_of_one_person check (num_nonnulls(person_link, person_account) = 1),
  constraint downloads_given_back_unused check (given_back_at is null or first_byte_at is null),
  constraint downloads_finished_begun check (finished_at is null or first_byte_at is not null)
);
comment on table downloads is
  'Every ticket, and what became of it. A ticket is bound to the session that asked for it: its id alone opens '
  'nothing.';
comment on column downloads.link_id is 'The link that was followed, whoever the download counts for.';
comment on column downloads.person_link is 'The person whom the download counts for, as in counts.';
comment on column downloads.account_id is 'The account that had logged in, if one had.';
comment on column downloads.zip_id is 'All files of a message in one zip: its tickets have this in common.';
comment on column downloads.address is 'The address of the browser.';
comment on column downloads.sent_bytes is
  'Bytes of the file that were sent by the ticket, or are about to be: a ticket serves three times the size of '
  'its file.';

create index downloads_by_file on downloads (file_id);
create index downloads_by_link on downloads (link_id);
create index downloads_by_session on downloads (session_hash);
create index downloads_by_zip on downloads (zip_id) where zip_id is not null;
create index downloads_open on downloads (ends_at) where first_byte_at is null and given_back_at is null;

create table visits (
  message_id uuid not null references messages (id) on delete cascade,
  person text not null,
  automatic boolean not null,
  times integer not null,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (message_id, person, automatic)
);
comment on table visits is
  'How often a person was shown the page of a message, for its sender. Each visit counts, also if the audit leaves it '
  'out, and none is lost when the audit is pruned.';
comment on column visits.person is 'As a text, link:<uuid> or account:<id>: no row is looked up by it.';
comment on column visits.automatic is 'Whether it gave itself away as that of a scanner or a preview.';

create table codes (
  id uuid primary key,
  token_hash bytea not null,
  code_hash bytea not null,
  address_key text not null,
  asked_at timestamptz not null default now(),
  ends_at timestamptz not null,
  tries integer not null default 0,
  tries_elsewhere integer not null default 0,
  ended_at timestamptz
);
comment on table codes is
  'Codes that were asked for, by which an outsider shows that a mailbox is theirs. One is asked for at the '
  'page of a link, and a row is written whatever the link is, so that an unknown link is limited as a known '
  'one is.';
comment on column codes.token_hash is 'Of the token of the link.';
comment on column codes.code_hash is 'Keyed; of nothing if no code was mailed.';
comment on column codes.address_key is 'The address of the browser: address:<ip>';
comment on column codes.tries_elsewhere is
  'Tries from elsewhere than where the code was asked for: a stranger with the link cannot use up those of the '
  'recipient.';
comment on column codes.ended_at is 'When the code was used, or replaced by a newer one.';

create index codes_by_token on codes (token_hash, asked_at);
create index codes_by_address on codes (address_key, asked_at);
create index codes_by_time on codes (asked_at);

create table login_failures (
  attempt uuid not null,
  key text not null,
  failed_at timestamptz not null default now(),
  primary key (key, attempt)
);
comment on table login_failures is
  'Logins that failed or are not decided yet, to throttle before the directory is asked.';
comment on column login_failures.key is 'account:<login> or address:<ip>; an attempt has a row for each.';

create index login_failures_by_time on login_failures (failed_at);
create index login_failures_by_attempt on login_failures (attempt);

create table login_places (
  key text not null,
  place text not null,
  seen_at timestamptz not null default now(),
  primary key (key, place)
);
comment on table login_places is
  'From where a person has logged in before. Failed logins from there are counted apart from those of '
  'strangers.';
comment on column login_places.key is 'account:<login> or id:<id of the account>';
comment on column login_places.place is 'address:<ip>, or device:<hash> of the cookie of a browser.';

create index login_places_by_time on login_places (seen_at);

-- Messages that are written in the portal

create table drafts (
  id uuid primary key,
  account_id text not null,
  key_id text not null,
  wrapped_key bytea not null,
  content bytea,
  revision bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  changed_at timestamptz(3) not null default now(),
  discarded_at timestamptz
);
comment on table drafts is
  'A message that is being written in the portal: it is sent under its id, with its key. One that was '
  'discarded is kept for a while.';
comment on column drafts.key_id is 'The master key that wraps the key of the message.';
comment on column drafts.content is 'What was written so far, sealed with the key of the message; null for nothing.';
comment on column drafts.revision is 'Saves are numbered, so that one that arrives late does not undo a later one.';

create index drafts_by_account on drafts (account_id, changed_at);
create index drafts_by_time on drafts (changed_at);
create index drafts_discarded on drafts (discarded_at) where discarded_at is not null;

create table uploads (
  id uuid primary key,
  draft_id uuid not null references drafts (id) on delete cascade,
  sealed_name bytea not null,
  media_type text not null,
  size_bytes bigint not null,
  received_bytes bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  check (received_bytes <= size_bytes)
);
comment on table uploads is
  'A file on its way to a draft, in pieces that are durable one by one. Its id becomes that of the file.';
comment on column uploads.sealed_name is 'Sealed with the key of the message.';
comment on column uploads.size_bytes is 'As announced.';
comment on column uploads.received_bytes is 'The upload is whole once it has size_bytes.';

create index uploads_by_draft on uploads (draft_id, created_at, id);

create table objects (
  key text primary key,
  file_id uuid references files (id) on delete cascade,
  upload_id uuid references uploads (id) on delete cascade,
  position integer not null,
  size_bytes bigint not null,
  constraint objects_of_one check (num_nonnulls(file_id, upload_id) = 1)
);
comment on table objects is
  'What files and uploads are stored in. The objects of an upload become those of the file. What the storage holds '
  'beside these, and beside slim mails, nothing points to.';
comment on column objects.position is 'The order of the objects of a file: it has one, or those that an upload made.';
comment on column objects.size_bytes is 'Bytes before they were sealed.';

create unique index objects_by_file on objects (file_id, position) where file_id is not null;
create unique index objects_by_upload on objects (upload_id, position) where upload_id is not null;

create table contacts (
  id uuid primary key,
  account_id text not null,
  name text not null,
  name_key text not null,
  addresses text[] not null check (cardinality(addresses) > 0),
  created_at timestamptz(3) not null default now()
);
comment on table contacts is
  'Whom an account writes to, by a name of its own. One with several addresses is a group.';
comment on column contacts.name_key is 'The name as comparisons spell it.';

create unique index contacts_by_name on contacts (account_id, name_key);

create table account_settings (
  account_id text primary key,
  signature_text text not null default '',
  signature_html text not null default '',
  defaults jsonb not null default '{}'
);
comment on table account_settings is 'What an account has chosen for the messages that it writes in the portal.';
comment on column account_settings.signature_html is 'Made safe before it is stored; empty if the text is all.';
comment on column account_settings.defaults is 'Options, as far as they were chosen.';

-- Upkeep

create table chores (
  name text primary key,
  done_at timestamptz not null
);
comment on table chores is 'Upkeep that is done less often than every round, by whichever node comes to it.';

-- The audit

create table persons (
  id text primary key,
  kind text not null check (kind in ('account', 'address', 'login', 'user')),
  name text not null,
  salt bytea not null
);
comment on table persons is
  'Whom entries of the audit name by the id. Once a row is deleted, nobody can tell whose id it was, not even by trying all '
  'names, and the chain stays valid. A person has more than one row if two transactions named them first at the same time: '
  'neither waits for the other.';
comment on column persons.id is 'HMAC-SHA-256, keyed with the salt, of "kind:name": its first 128 bits.';
comment on column persons.kind is
  'account (its id in the directory), address (of mail), login (a name that somebody has logged in by) or user (of the '
  'machine that a command was typed at).';
comment on column persons.name is 'As comparisons spell it.';

-- Of any length, which a btree does not take.
create index persons_by_name on persons using hash (name);

create table audit_entries (
  id bigint primary key,
  at timestamptz not null,
  action text not null,
  actor text,
  message_id uuid,
  file_id uuid,
  address text,
  details jsonb not null
);
comment on table audit_entries is
  'What happened, written in the transaction that did it. Rows are added and nothing else. No foreign keys: what happened '
  'outlives what it happened to.';
comment on column audit_entries.id is 'Ascending, with gaps: a transaction that is rolled back has used its ids.';
comment on column audit_entries.at is 'When the transaction began.';
comment on column audit_entries.actor is
  'account:, outsider:, sender: or admin: with an id of persons; link:<uuid>; courier; upkeep; null if it is nobody we know.';
comment on column audit_entries.address is 'The IP address of the browser, or of the other server.';
comment on column audit_entries.details is
  'Texts, whole numbers and truth values by name. login, recipient and sender are ids of persons, as is that in person.';

create index audit_entries_by_message on audit_entries (message_id) where message_id is not null;
create index audit_entries_by_time on audit_entries using brin (at);

create table audit_chain (
  position bigint primary key,
  entry_id bigint not null unique,
  previous_hash bytea not null,
  hash bytea not null
);
comment on table audit_chain is
  'The entries of the audit in the order in which they were chained. Each row holds the hash of the one before, so that an '
  'entry that is changed, removed or moved is noticed (kuvert audit verify).';
comment on column audit_chain.position is '1, 2, 3 … without a gap.';
comment on column audit_chain.hash is 'SHA-256 of the canonical text of the entry, its position and the hash before.';

create table audit_unchained (
  entry_id bigint primary key
);
comment on table audit_unchained is 'Entries that are not chained yet.';

create function keep_audit() returns trigger language plpgsql as $$
begin
  raise exception 'Entries of the audit are neither changed nor removed.';
end
$$;
create trigger audit_entries_are_kept before update or delete or truncate on audit_entries
  for each statement execute function keep_audit();
alter table audit_entries enable always trigger audit_entries_are_kept;
create trigger audit_chain_is_kept before update or delete or truncate on audit_chain
  for each statement execute function keep_audit();
alter table audit_chain enable always trigger audit_chain_is_kept;

create function hmac_sha256(key bytea, message bytea) returns bytea language plpgsql immutable strict as $$
declare
  inner_key bytea := decode(repeat('36', 64), 'hex');
  outer_key bytea := decode(repeat('5c', 64), 'hex');
begin
  for place in 0 .. length(key) - 1 loop
    inner_key := set_byte(inner_key, place, get_byte(key, place) # 54);
    outer_key := set_byte(outer_key, place, get_byte(key, place) # 92);
  end loop;
  return sha256(outer_key || sha256(inner_key || message));
end
$$;
comment on function hmac_sha256(bytea, bytea) is 'RFC 2104. The key has at most 64 bytes.';

create function person_id(person_kind text, person_name text) returns text language plpgsql as $$
declare
  found_id text;
  new_salt bytea;
begin
  select id into found_id from persons where name = person_name and kind = person_kind limit 1;
  if found_id is null then
    new_salt := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    insert into persons (id, kind, name, salt)
    values (
      left(encode(hmac_sha256(new_salt, convert_to(person_kind || ':' || person_name, 'UTF8')), 'hex'), 32),
      person_kind, person_name, new_salt)
    returning id into found_id;
  end if;
  return found_id;
end
$$;
comment on function person_id(text, text) is 'The id by which the audit names a person. It is made if there is none.';

create function enter_audit() returns trigger language plpgsql security definer as $$
declare
  role text := split_part(new.actor, ':', 1);
  name text := substr(new.actor, length(role) + 2);
  kind text := case role when 'account' then 'account' when 'outsider' then 'address' when 'sender' then 'address'
    when 'admin' then 'user' end;
begin
  new.id := nextval('audit_entry_ids');
  new.at := transaction_timestamp();
  if kind is not null and name <> '' then
    new.actor := role || ':' || person_id(kind, name);
  end if;
  if new.details ? 'login' then
    new.details := new.details || jsonb_build_object('login', person_id('login', new.details ->> 'login'));
  end if;
  if new.details ? 'recipient' then
    new.details := new.details || jsonb_build_object('recipient', person_id('address', new.details ->> 'recipient'));
  end if;
  if new.details ? 'sender' then
    new.details := new.details || jsonb_build_object('sender', person_id('address', new.details ->> 'sender'));
  end if;
  if new.details ->> 'person' like 'account:%' then
    new.details := new.details || jsonb_build_object(
      'person', 'account:' || person_id('account', substr(new.details ->> 'person', 9)));
  end if;
  insert into audit_unchained (entry_id) values (new.id);
  return new;
end
$$;
comment on function enter_audit() is
  'Gives an entry its id and time, and puts ids in place of the names of people. It runs as the owner, so that the '
  'application need not be allowed to do any of it.';
create sequence audit_entry_ids owned by audit_entries.id;
create trigger audit_entries_are_entered before insert on audit_entries
  for each row execute function enter_audit();
alter table audit_entries enable always trigger audit_entries_are_entered;

create function audit_text(entry audit_entries, link audit_chain) returns text language sql stable as $$
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
    || ',"position":' || link.position::text
    || ',"previousHash":"' || encode(link.previous_hash, 'hex') || '"}'
$$;
comment on function audit_text(audit_entries, audit_chain) is
  'The canonical text of a chained entry: JSON without spaces, its names (and those of its details) sorted.';

create function chain_audit(most integer) returns integer language plpgsql security definer as $$
declare
  entry audit_entries;
  link audit_chain;
  chained bigint[] := '{}';
begin
  -- Any number that nothing else of ours locks in this database.
  if not pg_try_advisory_xact_lock(7205137) then
    return null;
  end if;
  -- A statement of its own: only now does it see what the holder of the lock before us has committed.
  select * into link from audit_chain order by position desc limit 1;
  for entry in
    select audit_entries.* from audit_unchained join audit_entries on id = entry_id order by entry_id limit most
  loop
    link.position := coalesce(link.position, 0) + 1;
    link.entry_id := entry.id;
    link.previous_hash := coalesce(link.hash, decode(repeat('00', 32), 'hex'));
    link.hash := sha256(convert_to(audit_text(entry, link), 'UTF8'));
    insert into audit_chain select link.*;
    chained := chained || entry.id;
  end loop;
  delete from audit_unchained where entry_id = any (chained);
  return cardinality(chained);
end
$$;
comment on function chain_audit(integer) is
  'Chains up to so many entries, and returns how many; null if another transaction is chaining. It runs as the owner, so '
  'that the application need not be allowed to write to the chain.';

-- What runs as the owner must find the owner's tables, whatever the caller has made.
do $$
begin
  execute format('alter function enter_audit() set search_path = %I, pg_temp', current_schema());
  execute format('alter function chain_audit(integer) set search_path = %I, pg_temp', current_schema());
end
$$;
