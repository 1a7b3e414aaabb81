-- A small slim mail is kept here, sealed, and not in the object storage: one object less to write, to wait for and to read again.
-- Null where it is an object. Nodes of the version before do not find it there: they postpone such copies, until another node takes them.
alter table messages add column slim_sealed bytea;
alter table messages alter column slim_sealed set storage external;
