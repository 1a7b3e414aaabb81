-- What tells received mails apart is a message authentication code: a hash of a large mail took as long as receiving it.
-- Nodes of the version before still read and write received_mail_sha256; this one does not.
alter table messages add column received_mail_mac text;
create index messages_by_received_mail_mac on messages using hash (received_mail_mac);
