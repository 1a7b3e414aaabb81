-- So that a node can ask at any time which link keys are still needed, however many rows there are. By time as well: no link
-- is older than its message, so those from before the oldest live message are passed over.
create index messages_by_link_key on messages (link_key_id, created_at) where wrapped_key is not null;
create index links_by_link_key on links (link_key_id, created_at);
create index notices_by_link_key on notices (link_key_id) where state = 'queued' and link_key_id <> '';
