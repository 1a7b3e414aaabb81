-- What somebody sent: by the account that logged in, else by the address (of mail that came from a trusted MTA).
drop index messages_by_account;
drop index messages_by_sender;
create index messages_by_sender on messages
  ((coalesce('account:' || sender_account, 'address:' || lower(sender))), created_at desc, id desc);

-- Subject and recipients in lower case, to search in: whoever searches reads their own messages, and nothing else.
alter table messages add column search_text text not null default '';
