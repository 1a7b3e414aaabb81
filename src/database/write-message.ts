import { auditRows, type NewAuditEntry } from '#database/audit.ts'
import type { Queryable } from '#database/database.ts'
import { deliveriesChannel } from '#database/deliveries.ts'
import { fileRows } from '#database/files.ts'
import { linkRows, type NewLink } from '#database/links.ts'
import { messageRow, type NewMessage } from '#database/messages.ts'
import type { StoredFile } from '#model.ts'

/** A message with all that belongs to it: its files, a link for each recipient, and what the audit says. */
export interface MessageToWrite {
  message: NewMessage
  files: StoredFile[]
  links: NewLink[]
  entry: NewAuditEntry
}

/**
 * Writes a message, its files, its links with a delivery each, and an audit entry, in one statement: a round trip for
 * each would make a small mail a fifth dearer. Couriers hear of it when it is committed, not before. Where a link is for the same mail and recipient
 * as another, it throws an error that `isSameMail` knows, and writes nothing.
 */
export async function writeMessage(db: Queryable, { message, files, links, entry }: MessageToWrite): Promise<void> {
  await db.query(
    `with written as (${messageRow.insert}),
     filed as (${fileRows.insert('$1', '$21')}),
     linked as (${linkRows.insert('$22')}),
     queued as (
       insert into deliveries (id, link_id)
       select gen_random_uuid(), id from jsonb_to_recordset($22::jsonb) as link (id uuid)),
     recorded as (${auditRows.insert('$23')})
     select pg_notify('${deliveriesChannel}', '')`,
    [
      ...messageRow.values(
        message,
        links.map(link => link.recipient),
      ),
      fileRows.values(files),
      linkRows.values(links),
      auditRows.values([entry]),
    ],
    'write-message',
  )
}
