import type { Database } from '#database/database.ts'
import { findMessagesToRemove, markObjectsRemoved } from '#database/endings.ts'
import type { Objects } from '#objects/objects.ts'

const atOnce = 100

/**
 * Removes the objects of messages that have ended, by the keys that their rows know. A message is noted only when all of its
 * objects are gone, so that whoever is killed half way leaves it to the next round. Returns how many objects.
 */
export async function remove(parts: { db: Database; objects: Objects }, stopped?: AbortSignal): Promise<number> {
  let removed = 0
  for (let more = true; more;) {
    const messages = await findMessagesToRemove(parts.db, atOnce)
    for (const { id, objectKeys } of messages) {
      for (const key of objectKeys) {
        if (stopped?.aborted) return removed
        await parts.objects.remove(key)
        removed += 1
      }
      await markObjectsRemoved(parts.db, id)
    }
    more = messages.length === atOnce
  }
  return removed
}
