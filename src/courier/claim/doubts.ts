import type { Queryable } from '#database/database.ts'
import { endLeases, newLease, type Lease } from '#database/deliveries.ts'
import { endNoticeLeases } from '#database/notices.ts'
import { isFailure } from '#failure.ts'

/**
 * Leases under which something may be held that nobody works on: the answer to the statement that was to write them was
 * lost. It may have been written, it may be written yet, or never.
 */
export interface Doubts {
  add(lease: Lease): void
  /** Claims under a lease of its own, of so many seconds. If the answer is lost, that is in doubt; the error is thrown on. */
  watch<Claimed>(seconds: number, claim: (lease: Lease) => Promise<Claimed>): Promise<Claimed>
  /** Ends these leases, so that what they hold is due again at once. Throws `DATABASE_AWAY`; then all stay in doubt. */
  end(db: Queryable): Promise<void>
  /** Whether there is any left. */
  areLeft(): boolean
}

/** Beyond so many, the oldest is left to end by itself. */
const most = 1000

export function makeDoubts(now: () => number = Date.now): Doubts {
  /** Until when it is worth looking: then the lease has ended by itself. */
  const untilById = new Map<string, number>()
  const add = ({ id, seconds }: Lease) => {
    untilById.set(id, now() + seconds * 1000)
    if (untilById.size > most) untilById.delete(untilById.keys().next().value!)
  }
  return {
    add,
    watch(seconds, claim) {
      const lease = newLease(seconds)
      return claim(lease).catch((error: unknown) => {
        if (isFailure(error, 'DATABASE_AWAY')) add(lease)
        throw error
      })
    },
    async end(db) {
      if (untilById.size === 0) return
      const ids = [...untilById.keys()]
      for (const ended of [...(await endLeases(db, ids)), ...(await endNoticeLeases(db, ids))]) untilById.delete(ended)
      // A server may still be busy with a statement whose client has gone: what was not found is looked for again.
      for (const id of ids) if (now() >= (untilById.get(id) ?? Infinity)) untilById.delete(id)
    },
    areLeft: () => untilById.size > 0,
  }
}
