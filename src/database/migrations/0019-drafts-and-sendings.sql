-- Saves of a draft are numbered, so that one that arrives late does not undo a later one. A draft that was discarded is kept for a while.
alter table drafts add column revision bigint not null default 0;
alter table drafts add column discarded_at timestamptz;
create index drafts_discarded on drafts (discarded_at) where discarded_at is not null;

-- Why this copy is sent: with its message, again, or to a recipient who was added to it later.
alter table deliveries add column kind text not null default 'first' check (kind in ('first', 'again', 'added'));
