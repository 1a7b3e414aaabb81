import { randomUUID } from 'node:crypto'
import { auditRows, type NewAuditEntry } from './audit.ts'
import type { Queryable } from './database.ts'
import { deliveryRows, type ClaimedDelivery, type Lease } from './deliveries.ts'
import { fileRows, type FileRow } from './files.ts'
import { linkRows, type NewLink } from './links.ts'
import { objectRows } from './objects.ts'
import { messageRow, type NewMessage } from './messages.ts'

/** A message with all that belongs to it: its files, a link for each recipient, and what the audit says. */
export interface MessageToWrite {
  message: NewMessage
  files: FileRow[]
  links: NewLink[]
  entry: NewAuditEntry
  /** Under which its deliveries are claimed from the beginning; null where they are queued. */
  lease: Lease | null
}

/**
 * Writes a message, its files, its links with a delivery each, and an audit entry, in one statement: a round trip for
 * each would make a small mail a fifth dearer. Where a link is for the same mail and recipient as another, it throws an
 * error that `isSameMail` knows, and writes nothing. Returns the deliveries that are claimed, in the order of the links.
 */
export async function writeMessage(db: Queryable, toWrite: MessageToWrite): Promise<ClaimedDelivery[]> {
  const { message, files, links, entry, lease } = toWrite
  const deliveries = links.map(link => ({ id: randomUUID(), linkId: link.id, kind: 'first' as const }))
  const values = messageRow.values(
    message,
    links.map(link => link.recipient),
  )
  // Behind those of the message.
  const place = (number: number) => `$${values.length + number}`
  await db.query(
    `with written as (${messageRow.insert}),
     filed as (${fileRows.insert('$1', place(1))}),
     stored as (${objectRows.insert(place(1))}),
     linked as (${linkRows.insert(place(2))}),
     queued as (${deliveryRows.insert(place(3), place(4), place(5))}),
     recorded as (${auditRows.insert(place(6))})
     ${deliveryRows.tellCouriers(place(4))}`,
    [
      ...values,
      fileRows.values(files),
      linkRows.values(links),
      deliveryRows.values(deliveries),
      lease?.id ?? null,
      lease?.seconds ?? null,
      auditRows.values([entry]),
    ],
    'write-message',
  )
  if (!lease) return []
  const createdAt = new Date()
  return deliveries.map(delivery => ({ ...delivery, attempts: 1, createdAt, lease: lease.id }))
}
