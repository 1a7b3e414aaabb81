-- Bytes of its file that were sent by a ticket, or are about to be: a ticket serves three times the file's size.
alter table downloads add column sent_bytes bigint not null default 0;
