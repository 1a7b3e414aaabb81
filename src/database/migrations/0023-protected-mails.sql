-- "mail" is a mail whose parts cannot be told; "protected" one that is signed or encrypted.
alter table files drop constraint files_kind_check;
alter table files add constraint files_kind_check check (kind in ('attachment', 'body', 'mail', 'protected'));
