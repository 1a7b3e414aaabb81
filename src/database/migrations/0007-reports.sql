-- What the sender is to be told of a delivery and has not been told yet. The notification is queued in the transaction that
-- clears it, so that each recipient is reported once.
alter table deliveries add column to_report text
  check (to_report in ('refused', 'given-up', 'dropped', 'delayed', 'relayed'));
alter table deliveries add column delay_noted boolean not null default false; -- the sender is warned once
create index deliveries_to_report on deliveries (link_id) where to_report is not null;

-- First attempts and further ones are claimed apart, so that neither keeps the other waiting.
drop index deliveries_due;
create index deliveries_due_first on deliveries (next_attempt_at) where state = 'queued' and attempts = 0;
create index deliveries_due_again on deliveries (next_attempt_at) where state = 'queued' and attempts > 0;
create index deliveries_leased on deliveries (leased_until) where state = 'queued' and leased_until is not null;
create index deliveries_by_age on deliveries (created_at, id) where state = 'queued';
create index notices_by_age on notices (created_at, id) where state = 'queued';
