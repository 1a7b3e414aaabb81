-- To recognise a mail that its sender's MTA sends again. A message that did not come in as a mail has none.
create index messages_by_received_mail on messages using hash (received_mail_sha256);
alter table messages alter column received_mail_sha256 drop not null;
