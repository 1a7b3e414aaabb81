-- Rows that decide access, or to whom something is mailed, carry a message authentication code under a link key that
-- they name. Rows of earlier versions have none and are refused.
alter table messages add column link_key_id text not null default '';
alter table messages add column mac bytea not null default '';
alter table links add column link_key_id text not null default '';
alter table links add column mac bytea not null default '';
-- The mail of a notice is sealed with a key that is made of this link key.
alter table notices add column link_key_id text not null default '';
alter table sessions add column link_key_id text not null default '';
alter table sessions add column mac bytea not null default '';
