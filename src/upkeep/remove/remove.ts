import type { Database } from '#database/database.ts'
import { findMessagesToRemove, markObjectsRemoved, type EndedMessage } from '#database/endings.ts'
import type { Objects } from '#objects/objects.ts'

interface RemoveParts {
  db: Database
  objects: Objects
}

const atOnce = 100

/** Removes the objects of messages that have ended, by the keys that their rows know. Returns how many objects. */
export async function remove(parts: RemoveParts, stopped?: AbortSignal): Promise<number> {
  let removed = 0
  for (let more = true; more;) {
    const messages = await findMessagesToRemove(parts.db, atOnce)
    for (const message of messages) {
      if (stopped?.aborted) return removed
      removed += await removeObjects(parts, message)
    }
    more = messages.length === atOnce
  }
  return removed
}

/** The message is noted when all of its objects are gone: whoever is killed half way leaves it to the next round. */
async function removeObjects({ db, objects }: RemoveParts, { id, objectKeys }: EndedMessage): Promise<number> {
  for (const key of objectKeys) await objects.remove(key)
  await markObjectsRemoved(db, id)
  return objectKeys.length
}
