import type { Queryable } from '#database/database.ts'

/** A row of `links`: one recipient's way to one message. */
export interface LinkRow {
  id: string
  messageId: string
  recipient: string
  /** The recipient in lower case, to compare with an account's addresses. */
  recipientKey: string
  recipientParameters: string[]
  isLocal: boolean
  generation: number
  revokedAt: Date | null
}

export type NewLink = Omit<LinkRow, 'revokedAt' | 'recipientKey'> & { tokenHash: Buffer }

const columns = `id, message_id as "messageId", recipient, recipient_key as "recipientKey",
  recipient_parameters as "recipientParameters", is_local as "isLocal", generation, revoked_at as "revokedAt"`

export async function insertLinks(db: Queryable, links: NewLink[]): Promise<void> {
  await db.query(
    `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, generation, token_hash)
     select id, message_id, recipient, lower(recipient), array(select jsonb_array_elements_text(parameters)), is_local, generation,
       token_hash
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::jsonb[], $5::boolean[], $6::integer[], $7::bytea[])
       as link (id, message_id, recipient, parameters, is_local, generation, token_hash)`,
    [
      links.map(link => link.id),
      links.map(link => link.messageId),
      links.map(link => link.recipient),
      links.map(link => JSON.stringify(link.recipientParameters)),
      links.map(link => link.isLocal),
      links.map(link => link.generation),
      links.map(link => link.tokenHash),
    ],
    'insert-links',
  )
}

export async function findLink(db: Queryable, id: string): Promise<LinkRow | null> {
  const { rows } = await db.query<LinkRow>(`select ${columns} from links where id = $1`, [id], 'find-link')
  return rows[0] ?? null
}

/** The link whose token has this SHA-256. */
export async function findLinkByTokenHash(db: Queryable, tokenHash: Buffer): Promise<LinkRow | null> {
  const { rows } = await db.query<LinkRow>(
    `select ${columns} from links where token_hash = $1`,
    [tokenHash],
    'find-link-by-token',
  )
  return rows[0] ?? null
}

/** All links of a message, in a stable order. */
export async function findLinksOfMessage(db: Queryable, messageId: string): Promise<LinkRow[]> {
  const { rows } = await db.query<LinkRow>(
    `select ${columns} from links where message_id = $1 order by id`,
    [messageId],
    'find-links-of-message',
  )
  return rows
}
