import { findLinksOfMessage, type LinkRow } from '#database/links.ts'
import { findMessage, findMessages, type MessageRow } from '#database/messages.ts'
import type { Rows } from '#database/rows.ts'
import { canonical } from '#mail/address.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { uuid } from '#platform/uuid.ts'

/** The message with this id, if this account sent it. Throws `MESSAGE_UNKNOWN` for any other one, and for what is no id. */
export async function findOwnMessage(rows: Rows, id: string, account: Account): Promise<MessageRow> {
  const message = uuid.test(id) ? await findMessage(rows, id) : null
  if (!message || !isOwn(message, account)) throw new Failure('MESSAGE_UNKNOWN')
  return message
}

/** Those of these messages that this account sent. */
export async function findOwnMessages(rows: Rows, ids: string[], account: Account): Promise<Set<string>> {
  const messages = await findMessages(rows, ids)
  return new Set(messages.filter(message => isOwn(message, account)).map(({ id }) => id))
}

/** Mail that came from an MTA belongs to whose address it was sent from. */
function isOwn({ senderAccount, sender }: MessageRow, { id, addresses }: Account): boolean {
  return senderAccount === null ? addresses.includes(canonical(sender)) : senderAccount === id
}

/** The link of this message with this id, or null. */
export async function findLinkOf(
  deps: Pick<PortalDeps, 'db' | 'keyring'>,
  message: MessageRow,
  id: unknown,
): Promise<LinkRow | null> {
  const links = await findLinksOfMessage(deps, message.id)
  return links.find(link => link.id === id) ?? null
}

/** Whether it can still be opened by somebody, so that there is something to change. */
export function isOpen({ endedAt, expiresAt }: MessageRow): boolean {
  return endedAt === null && expiresAt > new Date()
}
