import type { Database } from '#database/database.ts'
import { endExpiredMessages } from '#database/messages.ts'

const atOnce = 500

/** Ends every message whose time has come: its key is forgotten. Returns how many. */
export async function expire(db: Database): Promise<number> {
  let ended = 0
  for (let more = true; more;) {
    const count = await endExpiredMessages(db, atOnce)
    ended += count
    more = count === atOnce
  }
  return ended
}
