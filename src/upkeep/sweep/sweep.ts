import type { Database } from '#database/database.ts'
import { findDeadObjectKeys } from '#database/objects.ts'
import type { ObjectEntry, Objects } from '#objects/objects.ts'
import type { RemoveObject } from '#upkeep/object-remover.ts'

const atOnce = 500

/**
 * Removes the objects that no living message points to: of expired and revoked messages, and of mails that never
 * got their 250. Younger ones are left alone, since their transaction may still be running. Returns how many it removed,
 * which may be some of them once it is stopped.
 */
export async function sweep(
  deps: { db: Database; objects: Pick<Objects, 'list'>; removeObject: RemoveObject },
  olderThan: Date,
  stopped?: AbortSignal,
): Promise<number> {
  let removed = 0
  let batch: ObjectEntry[] = []
  const removeDead = async () => {
    const keys = batch.map(entry => entry.key)
    batch = []
    for (const key of await findDeadObjectKeys(deps.db, keys)) {
      if (stopped?.aborted) return
      if (await deps.removeObject(key)) removed += 1
    }
  }
  for await (const entry of deps.objects.list()) {
    if (stopped?.aborted) return removed
    if (entry.modifiedAt >= olderThan) continue
    batch.push(entry)
    if (batch.length >= atOnce) await removeDead()
  }
  await removeDead()
  return removed
}
