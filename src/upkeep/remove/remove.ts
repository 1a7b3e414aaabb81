import { findMessagesToRemove, markObjectsRemoved, type EndedMessage } from '#database/endings.ts'
import type { Database } from '#database/database.ts'
import type { RemoveObject } from '#upkeep/object-remover.ts'

interface RemoveDeps {
  db: Database
  removeObject: RemoveObject
}

const atOnce = 100

/**
 * Removes the objects of messages that have ended, by the keys that their rows know. Returns how many objects. A message of
 * which one cannot be removed is left to the next round.
 */
export async function remove(deps: RemoveDeps, stopped?: AbortSignal): Promise<number> {
  let removed = 0
  const left: string[] = []
  for (let more = true; more;) {
    const messages = await findMessagesToRemove(deps.db, atOnce, left)
    for (const message of messages) {
      if (stopped?.aborted) return removed
      const count = await removeObjects(deps, message)
      removed += count
      if (count < message.objectKeys.length) left.push(message.id)
    }
    more = messages.length === atOnce
  }
  return removed
}

/** The message is noted when all of its objects are gone: whoever is killed half way leaves it to the next round. */
async function removeObjects({ db, removeObject }: RemoveDeps, { id, objectKeys }: EndedMessage): Promise<number> {
  let removed = 0
  for (const key of objectKeys) if (await removeObject(key)) removed += 1
  if (removed === objectKeys.length) await markObjectsRemoved(db, id)
  return removed
}
