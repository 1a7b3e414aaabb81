import type { Queryable } from '#database/database.ts'
import { canonical } from '#directory/spelling.ts'

/** A row of `links`: one recipient's way to one message. */
export interface LinkRow {
  id: string
  messageId: string
  recipient: string
  /** The recipient as comparisons spell it (`canonical`). */
  recipientKey: string
  recipientParameters: string[]
  isLocal: boolean
  generation: number
  revokedAt: Date | null
}

export type NewLink = Omit<LinkRow, 'revokedAt' | 'recipientKey'> & {
  tokenHash: Buffer
  /** To recognise the same mail (`sameMailKey`); null where it did not come in as a mail. */
  sameMail: Buffer | null
}

export const linkColumns = `id, message_id as "messageId", recipient, recipient_key as "recipientKey",
  recipient_parameters as "recipientParameters", is_local as "isLocal", generation, revoked_at as "revokedAt"`

/**
 * How links are written, by a statement that may write more. As JSON: for arrays, PostgreSQL would plan anew each time, by how long they are.
 * In an order, so that two of the same mail wait for each other and not both.
 */
export const linkRows = {
  insert: (rows: string) =>
    `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, generation, token_hash, same_mail)
     select id, "messageId", recipient, "recipientKey", "recipientParameters", "isLocal", generation, decode("tokenHash", 'hex'),
       decode("sameMail", 'hex')
     from jsonb_to_recordset(${rows}::jsonb) as link (id uuid, "messageId" uuid, recipient text, "recipientKey" text, "recipientParameters" text[],
       "isLocal" boolean, generation integer, "tokenHash" text, "sameMail" text)
     order by "sameMail"`,
  values: (links: NewLink[]) =>
    JSON.stringify(
      links.map(link => ({
        ...link,
        // Not by PostgreSQL, which in many a locale knows no capitals but those of ASCII.
        recipientKey: canonical(link.recipient),
        tokenHash: link.tokenHash.toString('hex'),
        sameMail: link.sameMail?.toString('hex') ?? null,
      })),
    ),
}

export async function insertLinks(db: Queryable, links: NewLink[]): Promise<void> {
  await db.query(linkRows.insert('$1'), [linkRows.values(links)], 'insert-links')
}

export async function findLink(db: Queryable, id: string): Promise<LinkRow | null> {
  const { rows } = await db.query<LinkRow>(`select ${linkColumns} from links where id = $1`, [id], 'find-link')
  return rows[0] ?? null
}

/** The link whose token has this SHA-256. */
export async function findLinkByTokenHash(db: Queryable, tokenHash: Buffer): Promise<LinkRow | null> {
  const { rows } = await db.query<LinkRow>(
    `select ${linkColumns} from links where token_hash = $1`,
    [tokenHash],
    'find-link-by-token',
  )
  return rows[0] ?? null
}

/** All links of a message, in a stable order. */
export async function findLinksOfMessage(db: Queryable, messageId: string): Promise<LinkRow[]> {
  const { rows } = await db.query<LinkRow>(
    `select ${linkColumns} from links where message_id = $1 order by id`,
    [messageId],
    'find-links-of-message',
  )
  return rows
}
