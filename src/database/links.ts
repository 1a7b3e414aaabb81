import { randomUUID } from 'node:crypto'
import type { Keyring, RowSeal } from '#crypto/keyring.ts'
import { hashToken, linkToken } from '#crypto/link-token.ts'
import type { Queryable } from './database.ts'
import { bytesFromJson, type Rows } from './rows.ts'
import { canonical } from '#mail/address.ts'
import type { EnvelopeRecipient } from '#model.ts'

/** A row of `links`: one recipient's way to one message. Its seal covers `linkValues`. */
export interface LinkRow extends RowSeal {
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

export type NewLink = Omit<LinkRow, 'revokedAt'> & {
  tokenHash: Buffer
  /** To recognise the same mail (`sameMailKey`); null where it did not come in as a mail. */
  sameMail: Buffer | null
}

/** As JSON has it. */
export type LinkAsJson = Omit<LinkRow, 'revokedAt' | 'mac'> & { revokedAt: string | null; mac: string }

export function linkFromJson(link: LinkAsJson): LinkRow {
  return { ...link, revokedAt: link.revokedAt === null ? null : new Date(link.revokedAt), mac: bytesFromJson(link.mac) }
}

export const linkColumns = `id, message_id as "messageId", recipient, recipient_key as "recipientKey",
  recipient_parameters as "recipientParameters", is_local as "isLocal", generation, revoked_at as "revokedAt",
  link_key_id as "linkKeyId", mac`

/** Everything but whether the link was withdrawn, which only takes away. */
export function linkValues(link: Omit<LinkRow, 'revokedAt' | keyof RowSeal>): unknown[] {
  const { id, messageId, recipient, recipientKey, recipientParameters, isLocal, generation } = link
  return [id, messageId, recipient, recipientKey, recipientParameters, isLocal, generation]
}

/** Whether Kuvert wrote the row of a link. */
export function isGenuineLink(keyring: Keyring, link: LinkRow): boolean {
  return keyring.isGenuine('link', link, linkValues(link))
}

/** The token of a link: the same whenever it is made, under the key that the link names. */
export function tokenOf(
  keyring: Keyring,
  { id: linkId, messageId, generation, linkKeyId }: Pick<LinkRow, 'id' | 'messageId' | 'generation' | 'linkKeyId'>,
): string {
  return linkToken(keyring.linkKey(linkKeyId), { messageId, linkId, generation })
}

/** A new link of a message for this recipient, under the newest key. */
export function newLink(
  keyring: Keyring,
  { address, parameters, isLocal }: EnvelopeRecipient & { isLocal: boolean },
  { messageId, sameMail }: Pick<NewLink, 'messageId' | 'sameMail'>,
): NewLink {
  // Not by PostgreSQL, which in many a locale knows no capitals but those of ASCII.
  const named = { recipient: address, recipientKey: canonical(address), recipientParameters: parameters }
  const link = { id: randomUUID(), messageId, ...named, isLocal, generation: 0 }
  const sealed = { ...link, ...keyring.seal('link', linkValues(link)) }
  return { ...sealed, tokenHash: hashToken(tokenOf(keyring, sealed)), sameMail }
}

/**
 * How links are written, by a statement that may write more. As JSON: for arrays, PostgreSQL would plan anew each time, by how long they are.
 * In an order, so that two of the same mail wait for each other and not both.
 */
export const linkRows = {
  insert: (rows: string) =>
    `insert into links (id, message_id, recipient, recipient_key, recipient_parameters, is_local, generation, token_hash,
       same_mail, link_key_id, mac)
     select id, "messageId", recipient, "recipientKey", "recipientParameters", "isLocal", generation, decode("tokenHash", 'hex'),
       decode("sameMail", 'hex'), "linkKeyId", decode(mac, 'hex')
     from jsonb_to_recordset(${rows}::jsonb) as link (id uuid, "messageId" uuid, recipient text, "recipientKey" text, "recipientParameters" text[],
       "isLocal" boolean, generation integer, "tokenHash" text, "sameMail" text, "linkKeyId" text, mac text)
     order by "sameMail"`,
  values: (links: NewLink[]) =>
    JSON.stringify(
      links.map(link => ({
        ...link,
        tokenHash: link.tokenHash.toString('hex'),
        sameMail: link.sameMail?.toString('hex') ?? null,
        mac: link.mac.toString('hex'),
      })),
    ),
}

export async function insertLinks(db: Queryable, links: NewLink[]): Promise<void> {
  await db.query(linkRows.insert('$1'), [linkRows.values(links)], 'insert-links')
}

/** Whether a link that was found by the hash of this token is the token's; if it is not, its hash is another one's. */
export function isOfToken(keyring: Keyring, link: LinkRow, token: string): boolean {
  if (tokenOf(keyring, link) === token) return true
  keyring.refuse('link', link.id)
  return false
}

/** All links of a message that Kuvert wrote, in a stable order. */
export async function findLinksOfMessage({ db, keyring }: Rows, messageId: string): Promise<LinkRow[]> {
  const { rows } = await db.query<LinkRow>(
    `select ${linkColumns} from links where message_id = $1 order by id`,
    [messageId],
    'find-links-of-message',
  )
  return rows.filter(link => isGenuineLink(keyring, link))
}
