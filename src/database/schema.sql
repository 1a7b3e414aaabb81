-- What the migrations make, to read. Written by "npm run schema".

create table migrations (
  name text not null,
  applied_at timestamp with time zone default now() not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

-- A sealed mail.
create table messages (
  id uuid not null,
  created_at timestamp(3) with time zone default now() not null,
  -- The sender of the envelope; empty for the null return path.
  sender text not null,
  -- The sender as comparisons spell it. The application writes it: PostgreSQL knows in many a locale no capitals
  -- but those of ASCII.
  sender_key text not null,
  -- As the From field shows it: Anna Å <anna@example.org>
  sender_name text not null,
  -- The account that logged in; null if none did.
  sender_account text,
  -- Decoded, without the mark.
  subject text not null,
  -- Subject and recipients as comparisons spell them, to search in. A sender searches their own messages only.
  search_text text not null,
  login text not null,
  max_downloads integer,
  private boolean not null,
  receipt boolean not null,
  lang text not null,
  expires_at timestamp with time zone not null,
  -- When the message expired or was revoked. Its key and its objects are then gone.
  ended_at timestamp with time zone,
  revoked boolean default false not null,
  -- When the objects of an ended message were removed. Its rows are kept for a while.
  objects_removed_at timestamp with time zone,
  -- When it was decided which recipients are reminded of the message: once for all of them.
  reminded_at timestamp with time zone,
  -- The master key that wraps the key of the message.
  key_id text not null,
  -- Null once forgotten.
  wrapped_key bytea,
  copy text not null,
  slim_object_key text not null,
  -- Bytes before they were sealed.
  slim_size_bytes bigint not null,
  slim_slots jsonb not null,
  -- A small slim mail, sealed; null if it is an object of the storage.
  slim_sealed bytea storage external,
  envelope_parameters text[] not null,
  -- The link key that made the mac.
  link_key_id text not null,
  -- A message authentication code of all that decides access, or to whom something is mailed. A row with another
  -- one is refused.
  mac bytea not null,
  constraint messages_pkey PRIMARY KEY (id),
  constraint messages_copy_check CHECK (copy = ANY (ARRAY['detach'::text, 'notice'::text])),
  constraint messages_ended_without_key CHECK ((ended_at IS NULL) = (wrapped_key IS NOT NULL)),
  constraint messages_lang_check CHECK (lang = ANY (ARRAY['sv'::text, 'en'::text])),
  constraint messages_login_check CHECK (login = ANY (ARRAY['recipients'::text, 'locals'::text, 'none'::text])),
  constraint messages_max_downloads_check CHECK (max_downloads > 0),
  constraint messages_removed_ended CHECK (ended_at IS NOT NULL OR objects_removed_at IS NULL),
  constraint messages_revoked_ended CHECK (ended_at IS NOT NULL OR NOT revoked)
);
CREATE INDEX messages_to_end ON public.messages USING btree (expires_at) WHERE (ended_at IS NULL);
CREATE INDEX messages_to_remind ON public.messages USING btree (expires_at) WHERE ((ended_at IS NULL) AND (reminded_at IS NULL));
CREATE INDEX messages_to_remove ON public.messages USING btree (ended_at) WHERE ((ended_at IS NOT NULL) AND (objects_removed_at IS NULL));
CREATE INDEX messages_to_forget ON public.messages USING btree (ended_at) WHERE (objects_removed_at IS NOT NULL);
CREATE INDEX messages_by_slim_object ON public.messages USING btree (slim_object_key) WHERE ((slim_sealed IS NULL) AND (ended_at IS NULL));
CREATE INDEX messages_by_sender ON public.messages USING btree (COALESCE(('account:'::text || sender_account), ('address:'::text || sender_key)), created_at DESC, id DESC);
CREATE INDEX messages_by_key ON public.messages USING btree (key_id) WHERE (wrapped_key IS NOT NULL);
CREATE INDEX messages_by_link_key ON public.messages USING btree (link_key_id, created_at) WHERE (wrapped_key IS NOT NULL);

-- A file of a message: what a detached part became, or an upload.
create table files (
  id uuid not null,
  message_id uuid not null,
  position integer not null,
  -- attachment, body, mail (a mail whose parts cannot be told) or protected (a mail that is signed or encrypted).
  kind text not null,
  -- Null if the message is private: the name is then only in "sealed".
  name text,
  media_type text not null,
  still_encoded boolean not null,
  size_bytes bigint not null,
  -- Its name and its hashes, which give the content away, sealed with the key of the message.
  sealed bytea not null,
  constraint files_pkey PRIMARY KEY (id),
  constraint files_message_id_position_key UNIQUE (message_id, "position"),
  constraint files_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE,
  constraint files_kind_check CHECK (kind = ANY (ARRAY['attachment'::text, 'body'::text, 'mail'::text, 'protected'::text]))
);

-- One recipient's way to one message.
create table links (
  id uuid not null,
  message_id uuid not null,
  created_at timestamp(3) with time zone default now() not null,
  -- As in the envelope.
  recipient text not null,
  -- The recipient as comparisons spell it.
  recipient_key text not null,
  recipient_parameters text[] not null,
  is_local boolean not null,
  generation integer default 0 not null,
  token_hash bytea not null,
  -- Tells the same mail to the same recipient from all others: no two links have it, whoever writes them at the
  -- same moment. Null if the message did not come in as a mail.
  same_mail bytea,
  revoked_at timestamp with time zone,
  -- The link key that made the mac and the token.
  link_key_id text not null,
  -- As that of messages.
  mac bytea not null,
  constraint links_pkey PRIMARY KEY (id),
  constraint links_token_hash_key UNIQUE (token_hash),
  constraint links_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX links_by_message ON public.links USING btree (message_id, recipient_key, COALESCE(revoked_at, 'infinity'::timestamp with time zone));
CREATE INDEX links_by_recipient ON public.links USING btree (recipient_key, created_at DESC, id DESC);
CREATE UNIQUE INDEX links_by_same_mail ON public.links USING btree (same_mail);
CREATE INDEX links_by_link_key ON public.links USING btree (link_key_id, created_at);

-- Copies to hand to the next hop. A row is claimed with a lease; the rows of a killed courier come back when it
-- ends.
create table deliveries (
  id uuid not null,
  link_id uuid not null,
  -- Why this copy is sent: with its message (first), again, or to a recipient who was added to it later.
  kind text default 'first'::text not null,
  state text default 'queued'::text not null,
  attempts integer default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  next_attempt_at timestamp with time zone default now() not null,
  leased_until timestamp with time zone,
  -- The claim that holds the row.
  lease uuid,
  -- Why the latest attempt did not hand the copy over (src/model.ts); null if it did, or if there was none.
  reason text,
  -- The reply of the next hop to the latest attempt, or a sentence of Kuvert if the reason has none. For people
  -- only.
  last_reply text,
  settled_at timestamp with time zone,
  -- What the sender is to be told of the delivery and has not been told yet. The notification is queued in the
  -- transaction that clears it, so that each recipient is reported once.
  to_report text,
  -- The sender is warned once.
  delay_noted boolean default false not null,
  constraint deliveries_pkey PRIMARY KEY (id),
  constraint deliveries_link_id_fkey FOREIGN KEY (link_id) REFERENCES links(id) ON DELETE CASCADE,
  constraint deliveries_kind_check CHECK (kind = ANY (ARRAY['first'::text, 'again'::text, 'added'::text])),
  constraint deliveries_leased_queued CHECK (state = 'queued'::text OR lease IS NULL),
  constraint deliveries_leased_until CHECK ((lease IS NULL) = (leased_until IS NULL)),
  constraint deliveries_reason_check CHECK (reason = ANY (ARRAY['deferred'::text, 'unknown-address'::text, 'mailbox-full'::text, 'too-large'::text, 'not-allowed'::text, 'refused'::text, 'unreachable'::text, 'not-supported'::text, 'withdrawn'::text, 'expired'::text, 'key-missing'::text, 'not-genuine'::text, 'interrupted'::text, 'failed'::text])),
  constraint deliveries_settled_state CHECK ((state = 'queued'::text) = (settled_at IS NULL)),
  constraint deliveries_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sent'::text, 'bounced'::text])),
  constraint deliveries_to_report_check CHECK (to_report = ANY (ARRAY['refused'::text, 'given-up'::text, 'dropped'::text, 'delayed'::text, 'relayed'::text]))
);
CREATE INDEX deliveries_due_first ON public.deliveries USING btree (next_attempt_at) WHERE ((state = 'queued'::text) AND (attempts = 0));
CREATE INDEX deliveries_due_again ON public.deliveries USING btree (next_attempt_at) WHERE ((state = 'queued'::text) AND (attempts > 0));
CREATE INDEX deliveries_leased ON public.deliveries USING btree (leased_until) WHERE ((state = 'queued'::text) AND (leased_until IS NOT NULL));
CREATE INDEX deliveries_by_age ON public.deliveries USING btree (created_at, id) WHERE (state = 'queued'::text);
CREATE INDEX deliveries_by_link ON public.deliveries USING btree (link_id);
CREATE INDEX deliveries_to_report ON public.deliveries USING btree (link_id) WHERE (to_report IS NOT NULL);

-- Who has fetched something of a message whose sender wants to be told: noted with their first byte, once.
create table receipts (
  id uuid not null,
  message_id uuid not null,
  -- The link that was followed.
  link_id uuid not null,
  -- The person who fetched it, as in counts.
  person_link uuid,
  person_account text,
  -- Null if they had not logged in with an account.
  account_name text,
  first_at timestamp with time zone default now() not null,
  constraint receipts_pkey PRIMARY KEY (id),
  constraint receipts_link_id_fkey FOREIGN KEY (link_id) REFERENCES links(id) ON DELETE CASCADE,
  constraint receipts_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE,
  constraint receipts_of_one_person CHECK (num_nonnulls(person_link, person_account) = 1)
);
CREATE UNIQUE INDEX receipts_by_person_link ON public.receipts USING btree (message_id, person_link);
CREATE UNIQUE INDEX receipts_by_person_account ON public.receipts USING btree (message_id, person_account) WHERE (person_account IS NOT NULL);
CREATE INDEX receipts_by_link ON public.receipts USING btree (link_id);

-- Mails that Kuvert writes itself (delivery status notifications, codes, reminders, receipts), queued like
-- copies.
create table notices (
  id uuid not null,
  -- Empty for the null return path.
  sender text not null,
  recipient text not null,
  -- A mail stands in the row, until it is settled. A reminder holds a link, which is a secret, so it is written
  -- when it is sent, and never stored; so is a receipt, which names all that was fetched in the first moments.
  kind text not null,
  -- Sealed with a key that is derived from the link key.
  mail bytea,
  link_key_id text,
  -- The link of a reminder.
  reminds_link uuid,
  -- The receipt that the notice tells its sender of.
  tells_receipt uuid,
  -- The notice need not be sent after this time: a code has then ended, for example.
  worthless_at timestamp with time zone,
  state text default 'queued'::text not null,
  attempts integer default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  next_attempt_at timestamp with time zone default now() not null,
  leased_until timestamp with time zone,
  -- The claim that holds the row.
  lease uuid,
  last_reply text,
  settled_at timestamp with time zone,
  constraint notices_pkey PRIMARY KEY (id),
  constraint notices_reminds_link_fkey FOREIGN KEY (reminds_link) REFERENCES links(id) ON DELETE CASCADE,
  constraint notices_tells_receipt_fkey FOREIGN KEY (tells_receipt) REFERENCES receipts(id) ON DELETE CASCADE,
  constraint notices_kind_check CHECK (kind = ANY (ARRAY['mail'::text, 'reminder'::text, 'receipt'::text])),
  constraint notices_leased_queued CHECK (state = 'queued'::text OR lease IS NULL),
  constraint notices_leased_until CHECK ((lease IS NULL) = (leased_until IS NULL)),
  constraint notices_mail_sealed CHECK ((kind = 'mail'::text) = (link_key_id IS NOT NULL)),
  constraint notices_mail_until_settled CHECK ((kind = 'mail'::text AND state = 'queued'::text) = (mail IS NOT NULL)),
  constraint notices_receipt CHECK ((kind = 'receipt'::text) = (tells_receipt IS NOT NULL)),
  constraint notices_reminder CHECK ((kind = 'reminder'::text) = (reminds_link IS NOT NULL)),
  constraint notices_settled_state CHECK ((state = 'queued'::text) = (settled_at IS NULL)),
  constraint notices_state_check CHECK (state = ANY (ARRAY['queued'::text, 'sent'::text, 'dropped'::text]))
);
CREATE INDEX notices_due ON public.notices USING btree (next_attempt_at) WHERE (state = 'queued'::text);
CREATE INDEX notices_by_age ON public.notices USING btree (created_at, id) WHERE (state = 'queued'::text);
CREATE INDEX notices_settled ON public.notices USING btree (settled_at) WHERE (settled_at IS NOT NULL);
CREATE INDEX notices_by_link ON public.notices USING btree (reminds_link) WHERE (reminds_link IS NOT NULL);
CREATE INDEX notices_by_receipt ON public.notices USING btree (tells_receipt) WHERE (tells_receipt IS NOT NULL);
CREATE INDEX notices_by_link_key ON public.notices USING btree (link_key_id) WHERE ((state = 'queued'::text) AND (link_key_id IS NOT NULL));

-- A person's browser: logged in with an account, let in to one link by a code, or neither (a link opened with
-- login=none).
create table sessions (
  id_hash bytea not null,
  account_id text,
  account_name text,
  account_addresses text[] default '{}'::text[] not null,
  account_mailboxes text[] default '{}'::text[] not null,
  -- When the directory last said that the account is so.
  account_read_at timestamp with time zone default now() not null,
  -- The link that an outsider was let in to. Their session opens nothing else.
  link_id uuid,
  created_at timestamp(3) with time zone default now() not null,
  last_seen_at timestamp with time zone default now() not null,
  ends_at timestamp with time zone not null,
  link_key_id text not null,
  -- As that of messages.
  mac bytea not null,
  constraint sessions_pkey PRIMARY KEY (id_hash),
  constraint sessions_link_id_fkey FOREIGN KEY (link_id) REFERENCES links(id) ON DELETE CASCADE,
  constraint sessions_one_login CHECK (account_id IS NULL OR link_id IS NULL)
);
CREATE INDEX sessions_to_end ON public.sessions USING btree (ends_at);
CREATE INDEX sessions_idle ON public.sessions USING btree (last_seen_at);
CREATE INDEX sessions_by_link ON public.sessions USING btree (link_id) WHERE (link_id IS NOT NULL);

-- How often a person has fetched a file. A person is the recipient of a link, or another local, with an account.
create table counts (
  file_id uuid not null,
  person_link uuid,
  person_account text,
  used integer default 0 not null,
  constraint counts_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE,
  constraint counts_of_one_person CHECK (num_nonnulls(person_link, person_account) = 1),
  constraint counts_used_check CHECK (used >= 0)
);
CREATE UNIQUE INDEX counts_by_link ON public.counts USING btree (file_id, person_link);
CREATE UNIQUE INDEX counts_by_account ON public.counts USING btree (file_id, person_account) WHERE (person_account IS NOT NULL);

-- Every ticket, and what became of it. A ticket is bound to the session that asked for it: its id alone opens
-- nothing.
create table downloads (
  id uuid not null,
  file_id uuid not null,
  -- The link that was followed, whoever the download counts for.
  link_id uuid not null,
  -- All files of a message in one zip: its tickets have this in common.
  zip_id uuid,
  -- The person whom the download counts for, as in counts.
  person_link uuid,
  person_account text,
  -- The account that had logged in, if one had.
  account_id text,
  session_hash bytea not null,
  -- The address of the browser.
  address text not null,
  asked_at timestamp with time zone default now() not null,
  ends_at timestamp with time zone not null,
  first_byte_at timestamp with time zone,
  finished_at timestamp with time zone,
  given_back_at timestamp with time zone,
  -- Bytes of the file that were sent by the ticket, or are about to be: a ticket serves three times the size of
  -- its file.
  sent_bytes bigint default 0 not null,
  constraint downloads_pkey PRIMARY KEY (id),
  constraint downloads_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE,
  constraint downloads_link_id_fkey FOREIGN KEY (link_id) REFERENCES links(id) ON DELETE CASCADE,
  constraint downloads_finished_begun CHECK (finished_at IS NULL OR first_byte_at IS NOT NULL),
  constraint downloads_given_back_unused CHECK (given_back_at IS NULL OR first_byte_at IS NULL),
  constraint downloads_of_one_person CHECK (num_nonnulls(person_link, person_account) = 1),
  constraint downloads_sent_bytes_check CHECK (sent_bytes >= 0)
);
CREATE INDEX downloads_by_file ON public.downloads USING btree (file_id);
CREATE INDEX downloads_by_link ON public.downloads USING btree (link_id);
CREATE INDEX downloads_by_session ON public.downloads USING btree (session_hash);
CREATE INDEX downloads_by_zip ON public.downloads USING btree (zip_id) WHERE (zip_id IS NOT NULL);
CREATE INDEX downloads_open ON public.downloads USING btree (ends_at) WHERE ((first_byte_at IS NULL) AND (given_back_at IS NULL));

-- How often a person was shown the page of a message, for its sender. Each visit counts, also if the audit
-- leaves it out, and none is lost when the audit is pruned.
create table visits (
  message_id uuid not null,
  -- As a text, link:<uuid> or account:<id>: no row is looked up by it.
  person text not null,
  -- Whether it gave itself away as that of a scanner or a preview.
  automatic boolean not null,
  times integer not null,
  first_at timestamp with time zone default now() not null,
  last_at timestamp with time zone default now() not null,
  constraint visits_pkey PRIMARY KEY (message_id, person, automatic),
  constraint visits_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE
);

-- Codes that were asked for, by which an outsider shows that a mailbox is theirs. One is asked for at the page
-- of a link, and a row is written whatever the link is, so that an unknown link is limited as a known one is.
create table codes (
  id uuid not null,
  -- Of the token of the link.
  token_hash bytea not null,
  -- Keyed; of nothing if no code was mailed.
  code_hash bytea not null,
  -- The address of the browser: address:<ip>
  address_key text not null,
  asked_at timestamp with time zone default now() not null,
  ends_at timestamp with time zone not null,
  tries integer default 0 not null,
  -- Tries from elsewhere than where the code was asked for: a stranger with the link cannot use up those of the
  -- recipient.
  tries_elsewhere integer default 0 not null,
  -- When the code was used, or replaced by a newer one.
  ended_at timestamp with time zone,
  constraint codes_pkey PRIMARY KEY (id)
);
CREATE INDEX codes_by_token ON public.codes USING btree (token_hash, asked_at);
CREATE INDEX codes_by_address ON public.codes USING btree (address_key, asked_at);
CREATE INDEX codes_by_time ON public.codes USING btree (asked_at);

-- Logins that failed or are not decided yet, to throttle before the directory is asked.
create table login_failures (
  attempt uuid not null,
  -- account:<login> or address:<ip>; an attempt has a row for each.
  key text not null,
  failed_at timestamp with time zone default now() not null,
  constraint login_failures_pkey PRIMARY KEY (key, attempt)
);
CREATE INDEX login_failures_by_time ON public.login_failures USING btree (failed_at);
CREATE INDEX login_failures_by_attempt ON public.login_failures USING btree (attempt);

-- From where a person has logged in before. Failed logins from there are counted apart from those of strangers.
create table login_places (
  -- account:<login> or id:<id of the account>
  key text not null,
  -- address:<ip>, or device:<hash> of the cookie of a browser.
  place text not null,
  seen_at timestamp with time zone default now() not null,
  constraint login_places_pkey PRIMARY KEY (key, place)
);
CREATE INDEX login_places_by_time ON public.login_places USING btree (seen_at);

-- A message that is being written in the portal: it is sent under its id, with its key. One that was discarded
-- is kept for a while.
create table drafts (
  id uuid not null,
  account_id text not null,
  -- The master key that wraps the key of the message.
  key_id text not null,
  wrapped_key bytea not null,
  -- What was written so far, sealed with the key of the message; null for nothing.
  content bytea,
  -- Saves are numbered, so that one that arrives late does not undo a later one.
  revision bigint default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  changed_at timestamp(3) with time zone default now() not null,
  discarded_at timestamp with time zone,
  constraint drafts_pkey PRIMARY KEY (id)
);
CREATE INDEX drafts_by_account ON public.drafts USING btree (account_id, changed_at);
CREATE INDEX drafts_by_time ON public.drafts USING btree (changed_at);
CREATE INDEX drafts_discarded ON public.drafts USING btree (discarded_at) WHERE (discarded_at IS NOT NULL);

-- A file on its way to a draft, in pieces that are durable one by one. Its id becomes that of the file.
create table uploads (
  id uuid not null,
  draft_id uuid not null,
  -- Sealed with the key of the message.
  sealed_name bytea not null,
  media_type text not null,
  -- As announced.
  size_bytes bigint not null,
  -- The upload is whole once it has size_bytes.
  received_bytes bigint default 0 not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint uploads_pkey PRIMARY KEY (id),
  constraint uploads_draft_id_fkey FOREIGN KEY (draft_id) REFERENCES drafts(id) ON DELETE CASCADE,
  constraint uploads_check CHECK (received_bytes <= size_bytes)
);
CREATE INDEX uploads_by_draft ON public.uploads USING btree (draft_id, created_at, id);

-- What files and uploads are stored in. The objects of an upload become those of the file. What the storage
-- holds beside these, and beside slim mails, nothing points to.
create table objects (
  key text not null,
  file_id uuid,
  upload_id uuid,
  -- The order of the objects of a file: it has one, or those that an upload made.
  position integer not null,
  -- Bytes before they were sealed.
  size_bytes bigint not null,
  constraint objects_pkey PRIMARY KEY (key),
  constraint objects_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE,
  constraint objects_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES uploads(id) ON DELETE CASCADE,
  constraint objects_of_one CHECK (num_nonnulls(file_id, upload_id) = 1)
);
CREATE UNIQUE INDEX objects_by_file ON public.objects USING btree (file_id, "position") WHERE (file_id IS NOT NULL);
CREATE UNIQUE INDEX objects_by_upload ON public.objects USING btree (upload_id, "position") WHERE (upload_id IS NOT NULL);

-- Whom an account writes to, by a name of its own. One with several addresses is a group.
create table contacts (
  id uuid not null,
  account_id text not null,
  name text not null,
  -- The name as comparisons spell it.
  name_key text not null,
  addresses text[] not null,
  created_at timestamp(3) with time zone default now() not null,
  constraint contacts_pkey PRIMARY KEY (id),
  constraint contacts_addresses_check CHECK (cardinality(addresses) > 0)
);
CREATE UNIQUE INDEX contacts_by_name ON public.contacts USING btree (account_id, name_key);

-- What an account has chosen for the messages that it writes in the portal.
create table account_settings (
  account_id text not null,
  signature_text text default ''::text not null,
  -- Made safe before it is stored; empty if the text is all.
  signature_html text default ''::text not null,
  -- Options, as far as they were chosen.
  defaults jsonb default '{}'::jsonb not null,
  constraint account_settings_pkey PRIMARY KEY (account_id)
);

-- Upkeep that is done less often than every round, by whichever node comes to it.
create table chores (
  name text not null,
  done_at timestamp with time zone not null,
  constraint chores_pkey PRIMARY KEY (name)
);

-- Whom entries of the audit name by the id. Once a row is deleted, nobody can tell whose id it was, not even by
-- trying all names, and the chain stays valid. A person has more than one row if two transactions named them
-- first at the same time: neither waits for the other.
create table persons (
  -- HMAC-SHA-256, keyed with the salt, of "kind:name": its first 128 bits.
  id text not null,
  -- account (its id in the directory), address (of mail), login (a name that somebody has logged in by) or user
  -- (of the machine that a command was typed at).
  kind text not null,
  -- As comparisons spell it.
  name text not null,
  salt bytea not null,
  constraint persons_pkey PRIMARY KEY (id),
  constraint persons_kind_check CHECK (kind = ANY (ARRAY['account'::text, 'address'::text, 'login'::text, 'user'::text]))
);
CREATE INDEX persons_by_name ON public.persons USING hash (name);

-- What happened, written in the transaction that did it. Rows are added and nothing else. No foreign keys: what
-- happened outlives what it happened to.
create table audit_entries (
  -- Ascending, with gaps: a transaction that is rolled back has used its ids.
  id bigint not null,
  -- When the transaction began.
  at timestamp with time zone not null,
  action text not null,
  -- account:, outsider:, sender: or admin: with an id of persons; link:<uuid>; courier; upkeep; null if it is
  -- nobody we know.
  actor text,
  message_id uuid,
  file_id uuid,
  -- The IP address of the browser, or of the other server.
  address text,
  -- Texts, whole numbers and truth values by name. login, recipient and sender are ids of persons, as is that in
  -- person.
  details jsonb not null,
  constraint audit_entries_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_entries_by_message ON public.audit_entries USING btree (message_id) WHERE (message_id IS NOT NULL);
CREATE INDEX audit_entries_by_time ON public.audit_entries USING brin (at);
CREATE TRIGGER audit_entries_are_kept BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
alter table audit_entries enable always trigger audit_entries_are_kept;
CREATE TRIGGER audit_entries_are_entered BEFORE INSERT ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION enter_audit();
alter table audit_entries enable always trigger audit_entries_are_entered;

-- The entries of the audit in the order in which they were chained. Each row holds the hash of the one before,
-- so that an entry that is changed, removed or moved is noticed (kuvert audit verify).
create table audit_chain (
  -- 1, 2, 3 … without a gap.
  position bigint not null,
  entry_id bigint not null,
  previous_hash bytea not null,
  -- SHA-256 of the canonical text of the entry, its position and the hash before.
  hash bytea not null,
  constraint audit_chain_pkey PRIMARY KEY ("position"),
  constraint audit_chain_entry_id_key UNIQUE (entry_id)
);
CREATE TRIGGER audit_chain_is_kept BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_chain FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();
alter table audit_chain enable always trigger audit_chain_is_kept;

-- Entries that are not chained yet.
create table audit_unchained (
  entry_id bigint not null,
  constraint audit_unchained_pkey PRIMARY KEY (entry_id)
);

CREATE OR REPLACE FUNCTION public.keep_audit()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'Entries of the audit are neither changed nor removed.';
end
$function$;

CREATE OR REPLACE FUNCTION public.hmac_sha256(key bytea, message bytea)
 RETURNS bytea
 LANGUAGE plpgsql
 IMMUTABLE STRICT
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.person_id(person_kind text, person_name text)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.enter_audit()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.audit_text(entry audit_entries, link audit_chain)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.chain_audit(most integer)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
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
$function$;
