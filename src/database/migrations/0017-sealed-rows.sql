-- Rows that decide access, or to whom something is mailed, carry a message authentication code under a link key that
-- they name. Rows of earlier versions have none and are refused.
alter table messages add column link_key_id text not null default '';
alter table messages add column mac bytea not null default '';
alter table links add column link_key_id text not null default '';
alter table links add column mac bytea not null default '';
-- The mail of a notice is sealed with a key that is derived from this link key.
alter table notices add column link_key_id text not null default '';
alter table sessions add column link_key_id text not null default '';
alter table sessions add column mac bytea not null default '';

-- What would give the content of a file away is sealed with the message's key: its hashes, and its name if the message is
-- private.
alter table files alter column name drop not null;
alter table files drop column sha256;
alter table files drop column crc32;
alter table files add column sealed bytea not null default '';
alter table uploads drop column name;
alter table uploads add column sealed_name bytea not null default '';

-- No hash of a received mail is kept but those of links, which are keyed.
alter table messages drop column received_mail_sha256;
alter table messages drop column received_mail_mac;

-- PostgreSQL knows in many a locale no capitals but those of ASCII: what is compared in any case has a key that the
-- application writes.
alter table messages add column sender_key text not null default '';
drop index messages_by_sender;
create index messages_by_sender on messages
  ((coalesce('account:' || sender_account, 'address:' || sender_key)), created_at desc, id desc);
alter table contacts add column name_key text not null default '';
update contacts set name_key = lower(name);
drop index contacts_by_name;
create unique index contacts_by_name on contacts (account_id, name_key);
