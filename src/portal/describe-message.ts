import { findCounts } from '#database/counts.ts'
import { findTicketsOfSession, findZipOfSession } from '#database/downloads.ts'
import type { StoredFile } from '#model.ts'
import type { Opening } from './authorise/authorise-link.ts'
import { planZip } from './download/open-zip.ts'
import type { FileView, MessageView } from './pages/message-page.ts'
import type { PortalParts } from './portal-parts.ts'
import type { Visitor } from './visitor.ts'

/** A message as this visitor sees it: what is left, and which tickets this browser still holds. `at` is its path. */
export async function describeMessage(
  { db, settings }: Pick<PortalParts, 'db' | 'settings'>,
  { opening, visitor, at }: { opening: Opening; visitor: Visitor; at: string },
): Promise<MessageView> {
  const { message, person, files } = opening
  const { sessionHash } = visitor
  const fileIds = files.map(file => file.id)
  const counts = await findCounts(db, fileIds, person)
  const tickets = sessionHash ? await findTicketsOfSession(db, { sessionHash, person, fileIds }) : new Map()
  const view = (file: StoredFile): FileView => {
    const ticket = tickets.get(file.id)
    const isText = file.kind === 'body'
    return {
      name: file.name,
      sizeBytes: file.sizeBytes,
      stillEncoded: file.stillEncoded,
      askAt: isText ? `${at}/text` : `${at}/files/${file.position}`,
      left: message.max === null ? null : Math.max(0, message.max - (counts.get(file.id) ?? 0)),
      again: ticket ? { at: isText ? `${at}/text` : `/d/${ticket.id}`, until: ticket.endsAt } : null,
    }
  }
  const text = files.find(file => file.kind === 'body')
  const zip = sessionHash && files.length > 1 ? await findZipOfSession(db, { sessionHash, person, fileIds }) : null
  const views = files.map(view)
  return {
    subject: message.subject,
    senderName: message.senderName,
    expiresAt: message.expiresAt,
    max: message.max,
    ticketMinutes: settings.portal.ticketMinutes,
    text: text ? view(text) : null,
    files: files.filter(file => file !== text).map(view),
    zip: {
      askAt: files.length > 1 && views.every(({ left }) => left !== 0) ? `${at}/zip` : null,
      sizeBytes: planZip(message, files).layout.sizeBytes,
      again: zip && { at: `/z/${zip.id}`, until: zip.endsAt },
    },
  }
}
