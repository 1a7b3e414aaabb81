import { randomToken } from '#crypto/link-token.ts'
import { findCounts } from '#database/counts.ts'
import { findTicketsOfSession, type HeldTicket } from '#database/downloads.ts'
import type { StoredFile } from '#model.ts'
import type { Opening } from './authorise-link.ts'
import { planZip } from './plan-zip.ts'
import type { FileView, MessageView, ZipView } from './message-page.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Visitor } from '#portal/login/visitor.ts'

/** A message as this visitor sees it: what is left, and what this browser may fetch again. `at` is its path. */
export async function describeMessage(
  { db, settings }: Pick<PortalDeps, 'db' | 'settings'>,
  { opening, visitor, at }: { opening: Opening; visitor: Visitor; at: string },
): Promise<MessageView> {
  const { message, person, files } = opening
  const { sessionHash } = visitor
  const fileIds = files.map(file => file.id)
  const counts = await findCounts(db, fileIds, person)
  const tickets: Map<string, HeldTicket> = sessionHash
    ? await findTicketsOfSession(db, { sessionHash, person, fileIds })
    : new Map()
  const views = files.map((file): FileView => {
    const ticket = tickets.get(file.id)
    const isText = file.kind === 'body'
    const isFree = ticket !== undefined && (ticket.servesWhole || isText)
    return {
      name: file.name,
      sizeBytes: file.sizeBytes,
      stillEncoded: file.stillEncoded,
      askAt: isText ? `${at}/text` : `${at}/files/${file.position}`,
      left: message.max === null ? null : Math.max(0, message.max - (counts.get(file.id) ?? 0)),
      freeUntil: isFree ? ticket.endsAt : null,
      isSpent: ticket !== undefined && !isFree,
    }
  })
  const text = files.findIndex(file => file.kind === 'body')
  return {
    subject: message.subject,
    senderName: message.senderName,
    expiresAt: message.expiresAt,
    max: message.max,
    ticketMinutes: settings.portal.ticketMinutes,
    browser: sessionHash === null ? randomToken() : null,
    text: views[text] ?? null,
    files: views.filter((_, index) => index !== text),
    zip: describeZip(opening, { views, tickets, at }),
  }
}

/** The zip of the files that can be fetched; null if that is one, or none. */
function describeZip(
  { message, files }: Opening,
  { views, tickets, at }: { views: FileView[]; tickets: Map<string, HeldTicket>; at: string },
): ZipView | null {
  const free = (file: StoredFile) => (tickets.get(file.id)?.servesWhole ? tickets.get(file.id)!.endsAt : null)
  const within = files.filter((file, index) => views[index]!.left !== 0 || free(file) !== null)
  if (within.length < 2) return null
  const ends = within.map(free)
  return {
    askAt: `${at}/zip`,
    sizeBytes: planZip(message, within).layout.sizeBytes,
    without: files.filter(file => !within.includes(file)).map(file => file.name),
    isPartlyFree: ends.some(end => end !== null),
    freeUntil: ends.every(end => end !== null) ? new Date(Math.min(...ends.map(end => end.getTime()))) : null,
  }
}
