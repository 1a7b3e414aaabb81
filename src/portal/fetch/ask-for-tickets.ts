import { randomUUID } from 'node:crypto'
import { countDownloads } from '#database/counts.ts'
import type { Database, Queryable } from '#database/database.ts'
import {
  findTicketsOfSession,
  findTicketsOfZip,
  insertDownloads,
  makeZip,
  type HeldTicket,
} from '#database/downloads.ts'
import { recordTickets } from '#database/portal-audit.ts'
import { lockSession } from '#database/sessions.ts'
import { Failure } from '#failure.ts'
import type { StoredFile } from '#model.ts'

/** Tickets that are asked for: of one file, or of several to be sent as one zip. */
export interface Wanted {
  files: Pick<StoredFile, 'id' | 'name'>[]
  /** A zip has what can be had of them. A text is shown on a page, for which no ticket is charged. */
  as: 'file' | 'text' | 'zip'
  /** Downloads that a person may have of each file; null is unlimited. */
  max: number | null
  /** Told to the person when nothing is left. */
  senderName: string
  linkId: string
  person: string
  accountId: string | null
  sessionHash: Buffer
  minutes: number
  /** Where from. */
  address: string
}

/** What was asked for. */
export interface Asked {
  ticketIds: string[]
  /** The id of their zip; null for a file by itself. */
  zipId: string | null
  /** The files that were counted now: for the others this browser held tickets. */
  counted: string[]
}

/**
 * The tickets for these files, which are of use only together with their session. Those that the session holds cost nothing;
 * of the other files one download each is counted. Presses of one browser take turns, so that ten cost one. Counts and
 * tickets are one transaction. Throws `USED_UP` if there is no ticket to be had.
 */
export async function askForTickets(db: Database, wanted: Wanted): Promise<Asked> {
  const { files, as, person, max, senderName, linkId, accountId, sessionHash, minutes, address } = wanted
  return db.transaction(async tx => {
    await lockSession(tx, sessionHash)
    const fileIds = files.map(file => file.id)
    // Tickets are locked before counts, as when they are given back.
    const found = await findTicketsOfSession(tx, { sessionHash, person, fileIds }, true)
    const held = [...found.values()].filter(({ servesWhole }) => servesWhole || as === 'text')
    const missing = fileIds.filter(id => !held.some(({ fileId }) => fileId === id))
    const counted = [...(await countDownloads(tx, missing, person, max))]
    if (held.length + counted.length === 0) throw new Failure('USED_UP', { times: max ?? 0, senderName })
    const tickets = counted.map(fileId => ({ id: randomUUID(), fileId }))
    await insertDownloads(tx, { linkId, person, accountId, sessionHash, zipId: null, minutes, address, tickets })
    const all = [...held, ...tickets].map(ticket => ticket.id)
    const zipId = as === 'zip' ? ((await zipOf(tx, all, held)) ?? (await newZip(tx, all, sessionHash))) : null
    await recordTickets(
      tx,
      'ticket',
      tickets.map(ticket => ticket.id),
    )
    return { ticketIds: all, zipId, counted }
  })
}

/** The zip of exactly these tickets, if there is one already: it can be resumed. */
async function zipOf(tx: Queryable, ticketIds: string[], held: HeldTicket[]): Promise<string | null> {
  const [first] = held
  if (!first || first.zipId === null || held.length < ticketIds.length) return null
  const ofZip = await findTicketsOfZip(tx, first.zipId, first.sessionHash)
  return ofZip.length === ticketIds.length && ofZip.every(({ id }) => ticketIds.includes(id)) ? first.zipId : null
}

async function newZip(tx: Queryable, ticketIds: string[], sessionHash: Buffer): Promise<string> {
  const zipId = randomUUID()
  await makeZip(tx, zipId, ticketIds, sessionHash)
  return zipId
}
