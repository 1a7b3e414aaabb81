-- What tells the same mail to the same recipient from all others: no two links have it, whoever writes them at the same moment.
-- Nodes of the version before still read and write messages.received_mail_mac; this one does not.
alter table links add column same_mail bytea;
create unique index links_by_same_mail on links (same_mail);
