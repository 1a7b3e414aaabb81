-- What tells received mails apart is a message authentication code: a hash of a large mail took as long as receiving it.
alter table messages rename column received_mail_sha256 to received_mail_mac;
