-- So that a node can ask at any time which master keys are still needed, however many messages there are.
create index messages_by_key on messages (key_id) where wrapped_key is not null;
