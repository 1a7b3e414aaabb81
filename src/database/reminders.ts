import type { Queryable } from './database.ts'
import { deliveriesChannel } from './deliveries.ts'

/** Which messages bring reminders, and from whom those are. */
export interface ReminderRules {
  daysBeforeExpiry: number
  /** Messages that could be opened for fewer days than this bring none. */
  notBelowDays: number
  /** Envelope sender of the reminder. */
  sender: string
}

/** A recipient who has not fetched a single file, though there is one. */
const hasNotFetched = `exists (select from files where files.message_id = links.message_id)
  and not exists (
    select from files join counts on counts.file_id = files.id and person_link = links.id and used > 0
    where files.message_id = links.message_id)`

/** RFC 3834 section 2, and what programs call the addresses that nobody reads. */
const automaticAddress =
  '^(mailer-daemon|postmaster|listserv|majordomo|(do[-_.]?)?not?[-_.]?reply|owner-.*|.*-(owner|request|bounces?))[@+]'

/**
 * Decides for up to `limit` messages that end soon who is reminded, and queues those reminders: everybody who was handed
 * a copy, whose link can still be used, and who has fetched nothing. One statement: each message is decided on once, whatever
 * number of nodes does it. Returns how many messages were decided on.
 */
export async function queueReminders(db: Queryable, rules: ReminderRules, limit: number): Promise<number> {
  const { rows } = await db.query<{ decided: number }>(
    `with decided as (
       update messages set reminded_at = now() where id = any (array(
         select id from messages
         where ended_at is null and reminded_at is null and expires_at <= now() + make_interval(days => $1)
         order by expires_at limit $4 for update skip locked))
       returning id, created_at, expires_at),
     queued as (
       insert into notices (id, sender, recipient, kind, reminds_link, worthless_at)
       select gen_random_uuid(), $3, recipient, 'reminder', links.id, expires_at
       from decided join links on message_id = decided.id
       where expires_at > now() and expires_at >= decided.created_at + make_interval(days => $2)
         and revoked_at is null and recipient_key !~ '${automaticAddress}'
         and 'sent' = (select state from deliveries where link_id = links.id order by deliveries.created_at desc limit 1)
         and ${hasNotFetched}
       returning id)
     select (select count(*)::integer from decided) as decided,
       case when exists (select from queued) then pg_notify('${deliveriesChannel}', '') end`,
    [rules.daysBeforeExpiry, rules.notBelowDays, rules.sender, limit],
  )
  return rows[0]?.decided ?? 0
}

/** Whether there is still something to remind of: the link can be used, and its recipient has fetched nothing. */
export async function isReminderWanted(db: Queryable, linkId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from links join messages on messages.id = message_id
     where links.id = $1 and revoked_at is null and ended_at is null and expires_at > now() and ${hasNotFetched}`,
    [linkId],
  )
  return rowCount === 1
}
