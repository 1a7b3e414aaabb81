import { isGenuineLink, type LinkRow } from './links.ts'
import type { Rows } from './rows.ts'

/** A message that was sent to somebody, as their list shows it. */
export interface ReceivedRow {
  linkId: string
  messageId: string
  generation: number
  /** Of the link. */
  linkKeyId: string
  /** Which of their addresses it was sent to. */
  recipient: string
  createdAt: Date
  senderName: string
  subject: string
  files: number
  private: boolean
  expiresAt: Date
  endedAt: Date | null
  /** Withdrawn: the whole message, or this link. */
  revoked: boolean
  /** Downloads per file; null is unlimited. */
  max: number | null
  /** Of the file that most are left of; null where nothing limits them. */
  left: number | null
  /** Whether anything was fetched by this link. */
  fetched: boolean
}

/** What the seal of the link covers beside that. */
type Sealed = Pick<LinkRow, 'recipientKey' | 'recipientParameters' | 'isLocal' | 'mac'>

/** Where a page of a list ends. */
export interface Cursor {
  createdAt: Date
  id: string
}

/**
 * The messages to any of these addresses (lower case), the latest first; those before the cursor, where there is one. A link
 * that Kuvert did not write is left out: who is shown a link can follow it.
 */
export async function findReceived(
  { db, keyring }: Rows,
  addressKeys: string[],
  { before, limit }: { before: Cursor | null; limit: number },
): Promise<ReceivedRow[]> {
  const { rows } = await db.query<ReceivedRow & Sealed>(
    `select links.id as "linkId", message_id as "messageId", generation, recipient, recipient_key as "recipientKey",
       recipient_parameters as "recipientParameters", is_local as "isLocal", links.link_key_id as "linkKeyId",
       links.mac, links.created_at as "createdAt",
       sender_name as "senderName", subject, private, expires_at as "expiresAt", ended_at as "endedAt",
       (revoked or revoked_at is not null) as revoked, max_downloads as max, files, fetched,
       case when max_downloads is not null then greatest(0, max_downloads - least_used) end as left
     from (
       select found.* from unnest($1::text[]) as address, lateral (
         select * from links
         where recipient_key = address and (created_at, id) < ($2::timestamptz, $3::uuid)
         order by created_at desc, id desc limit $4) as found
       order by created_at desc, id desc limit $4) as links
     join messages on messages.id = message_id,
     lateral (
       select count(*)::integer as files, coalesce(bool_or(used > 0), false) as fetched,
         coalesce(min(coalesce(used, 0)), 0)::integer as least_used
       from files left join counts on file_id = files.id and person_link = links.id
       where files.message_id = links.message_id) as fetching
     order by links.created_at desc, links.id desc`,
    [addressKeys, before?.createdAt ?? 'infinity', before?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff', limit],
  )
  return rows
    .filter(row => isGenuineLink(keyring, { ...row, id: row.linkId, revokedAt: null }))
    .map(({ recipientKey: _key, recipientParameters: _parameters, isLocal: _is, mac: _mac, ...row }) => row)
}
