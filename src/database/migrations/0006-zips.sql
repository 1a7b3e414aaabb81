-- All files of a message in one zip: its tickets have its id in common.
alter table downloads add column zip_id uuid;
create index downloads_by_zip on downloads (zip_id) where zip_id is not null;

-- CRC-32 of the plain bytes, which a zip states: noted when the portal has read the file whole for the first time.
alter table files add column crc32 bigint;
