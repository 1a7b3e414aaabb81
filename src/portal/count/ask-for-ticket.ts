import { randomUUID } from 'node:crypto'
import { countDownload } from '#database/counts.ts'
import type { Database } from '#database/database.ts'
import { insertDownload } from '#database/downloads.ts'
import { Failure } from '#failure.ts'

/** A ticket that is asked for. */
export interface Wanted {
  fileId: string
  /** Downloads that a person may have of the file; null is unlimited. */
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
 * Counts one download and returns the id of the ticket for it, which is of use only together with its session.
 * Count and ticket are one transaction. Throws `USED_UP`.
 */
export async function askForTicket(db: Database, wanted: Wanted): Promise<string> {
  const { fileId, person, max, senderName, ...ticket } = wanted
  const id = randomUUID()
  await db.transaction(async tx => {
    const isCounted = await countDownload(tx, fileId, person, max)
    if (!isCounted) throw new Failure('USED_UP', { times: max ?? 0, senderName })
    await insertDownload(tx, { ...ticket, id, fileId, person })
  })
  return id
}
