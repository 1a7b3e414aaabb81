import type { Database } from '#database/database.ts'
import { forgetMessages, forgetNotices } from '#database/endings.ts'

const atOnce = 200

/** Deletes what is left of messages that ended so many days ago: subjects, names and addresses of people. Returns how many. */
export async function forget(db: Database, afterDays: number | null): Promise<number> {
  if (afterDays === null) return 0
  let forgotten = 0
  for (let count = atOnce; count === atOnce;) {
    count = await forgetMessages(db, afterDays, atOnce)
    forgotten += count
  }
  while ((await forgetNotices(db, afterDays, atOnce)) === atOnce);
  return forgotten
}
