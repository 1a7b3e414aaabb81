-- What somebody received, the latest first, without reading everything that they ever did. Pages of a list go on from a
-- time that a browser was told, which counts milliseconds.
alter table links add column created_at timestamptz not null default date_trunc('milliseconds', now());
alter table messages alter column created_at set default date_trunc('milliseconds', now());
drop index links_by_recipient;
create index links_by_recipient on links (recipient_key, created_at desc, id desc);
