import type { Queryable } from './database.ts'
import { personText } from './person.ts'
import type { Cursor } from './received.ts'
import { canonical } from '#mail/address.ts'
import type { DeliveryReason } from '#model.ts'

/** A message that somebody sent, as their list shows it. */
export interface SentRow {
  id: string
  createdAt: Date
  subject: string
  expiresAt: Date
  endedAt: Date | null
  revoked: boolean
  /** A few of them, in the order of the page of the message. */
  firstRecipients: string[]
  recipients: number
  /** Recipients by what became of their latest copy; those whose link was withdrawn are counted as nothing else. */
  queued: number
  sent: number
  bounced: number
  withdrawn: number
  /** Recipients who have fetched anything. */
  fetched: number
}

/** A recipient of a message, and what became of the latest copy that was written for them. */
export interface SentLinkRow {
  id: string
  recipient: string
  revokedAt: Date | null
  state: 'queued' | 'sent' | 'bounced'
  nextAttemptAt: Date
  /** Why the latest attempt failed; null if it did not, or if there was none. */
  reason: DeliveryReason | null
  lastReply: string | null
  settledAt: Date | null
  /** The copies before that one, the latest first; a few of them. */
  earlier: EarlierCopy[]
}

/** A copy that another one has followed. */
interface EarlierCopy {
  state: SentLinkRow['state']
  /** When it became so; null for one that waits. */
  at: Date | null
}

/** How often a person has fetched a file: what was asked for and never begun does not count. */
export interface FetchedRow {
  person: string
  fileId: string
  times: number
  first: Date
  last: Date
}

/** Whose messages: those of an account that logged in to send them, and those from these addresses that came from an MTA. */
export function senderKeys(accountId: string, addresses: string[]): string[] {
  return [`account:${accountId}`, ...addresses.map(address => `address:${canonical(address)}`)]
}

const senderKey = `coalesce('account:' || sender_account, 'address:' || sender_key)`

/**
 * Up to `limit` messages of these senders in which each of `words` (lower case) occurs, the latest first; those before the
 * cursor, where there is one. Whatever is searched for, no more than the messages of these senders is read.
 */
export async function findSent(
  db: Queryable,
  keys: string[],
  { words, before, limit }: { words: string[]; before: Cursor | null; limit: number },
): Promise<Cursor[]> {
  const patterns = words.map(word => `%${word.replace(/[\\%_]/g, '\\$&')}%`)
  const { rows } = await db.query<Cursor>(
    `select found.id, found.created_at as "createdAt" from unnest($1::text[]) as key, lateral (
       select id, created_at from messages
       where ${senderKey} = key and (created_at, id) < ($2::timestamptz, $3::uuid) and search_text like all ($5::text[])
       order by created_at desc, id desc limit $4) as found
     order by found.created_at desc, found.id desc limit $4`,
    [keys, before?.createdAt ?? 'infinity', before?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', limit, patterns],
  )
  return rows
}

/** These messages, the latest first. */
export async function findSentRows(db: Queryable, ids: string[]): Promise<SentRow[]> {
  const { rows } = await db.query<SentRow>(
    `select messages.id, messages.created_at as "createdAt", subject, expires_at as "expiresAt", ended_at as "endedAt",
       revoked, about.*
     from messages, lateral (
       select coalesce((array_agg(recipient order by links.created_at, recipient))[1:3], '{}') as "firstRecipients",
         count(*)::integer as recipients,
         count(*) filter (where state = 'queued' and revoked_at is null)::integer as queued,
         count(*) filter (where state = 'sent' and revoked_at is null)::integer as sent,
         count(*) filter (where state = 'bounced' and revoked_at is null)::integer as bounced,
         count(*) filter (where revoked_at is not null)::integer as withdrawn,
         count(*) filter (where exists (
           select from files join counts on file_id = files.id and person_link = links.id and used > 0
           where files.message_id = messages.id))::integer as fetched
       from links left join lateral (
         select state from deliveries where link_id = links.id order by created_at desc limit 1) as latest on true
       where links.message_id = messages.id) as about
     where messages.id = any($1) order by messages.created_at desc, messages.id desc`,
    [ids],
  )
  return rows
}

/** The recipients of a message, in the order in which they came to it. */
export async function findSentLinks(db: Queryable, messageId: string): Promise<SentLinkRow[]> {
  const { rows } = await db.query<SentLinkRow & { earlier: { state: EarlierCopy['state']; at: string | null }[] }>(
    `select links.id, recipient, revoked_at as "revokedAt", state, next_attempt_at as "nextAttemptAt",
       reason, last_reply as "lastReply", settled_at as "settledAt",
       (select coalesce(jsonb_agg(jsonb_build_object('state', before.state, 'at', before.settled_at)
          order by before.created_at desc), '[]')
        from (select * from deliveries where link_id = links.id and id <> latest.id order by created_at desc limit 10) as before
       ) as earlier
     from links, lateral (select * from deliveries where link_id = links.id order by created_at desc limit 1) as latest
     where message_id = $1 order by links.created_at, recipient, links.id`,
    [messageId],
  )
  return rows.map(row => ({
    ...row,
    earlier: row.earlier.map(({ state, at }) => ({ state, at: at === null ? null : new Date(at) })),
  }))
}

/** Who has fetched which file of a message. */
export async function findFetched(db: Queryable, messageId: string): Promise<FetchedRow[]> {
  const { rows } = await db.query<FetchedRow>(
    `select ${personText} as person, file_id as "fileId", count(*)::integer as times, min(first_byte_at) as first, max(first_byte_at) as last
     from files join downloads on file_id = files.id
     where files.message_id = $1 and first_byte_at is not null group by 1, file_id, position order by 1, position`,
    [messageId],
  )
  return rows
}
