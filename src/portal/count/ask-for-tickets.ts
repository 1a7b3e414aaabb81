import { randomUUID } from 'node:crypto'
import { countDownloads } from '#database/counts.ts'
import type { Database } from '#database/database.ts'
import { insertDownloads } from '#database/downloads.ts'
import { recordTickets } from '#database/portal-audit.ts'
import { Failure } from '#failure.ts'
import type { StoredFile } from '#model.ts'

/** Tickets that are asked for: of one file, or of several to be sent as one zip. */
export interface Wanted {
  files: Pick<StoredFile, 'id' | 'name'>[]
  /** Null for a file by itself. */
  zipId: string | null
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

/**
 * Counts one download of each file and returns the ids of the tickets for them, which are of use only together with their
 * session. Counts and tickets are one transaction: all or none. Throws `USED_UP`; for a zip it names what is used up.
 */
export async function askForTickets(db: Database, wanted: Wanted): Promise<string[]> {
  const { files, person, max, senderName, ...common } = wanted
  const tickets = files.map(file => ({ id: randomUUID(), fileId: file.id }))
  await db.transaction(async tx => {
    const fileIds = files.map(file => file.id)
    const counted = await countDownloads(tx, fileIds, person, max)
    const usedUp = files.filter(file => !counted.has(file.id)).map(file => file.name)
    if (usedUp.length > 0) {
      const details = { times: max ?? 0, senderName }
      throw new Failure('USED_UP', common.zipId === null ? details : { ...details, files: usedUp.join(', ') })
    }
    await insertDownloads(tx, { ...common, person, tickets })
    await recordTickets(
      tx,
      'ticket',
      tickets.map(ticket => ticket.id),
    )
  })
  return tickets.map(ticket => ticket.id)
}
