import type { Queryable } from '#database/database.ts'
import { endLeases, type Lease } from '#database/deliveries.ts'
import { endNoticeLeases } from '#database/notices.ts'

/**
 * Leases under which nobody works, but under which rows may be held: the answer to the statement that writes them was
 * lost. It was executed, it will be, or it never is.
 */
export interface LeasesInDoubt {
  add(lease: Lease): void
  /** Ends these leases, so that the rows that they hold are due again. Throws `DATABASE_AWAY`; then all stay in doubt. */
  end(db: Queryable): Promise<void>
  areLeft(): boolean
}

/** If there are more, the oldest is left to run out. */
const most = 1000

export function makeLeasesInDoubt(now: () => number = Date.now): LeasesInDoubt {
  /** When each lease has run out, and need not be ended any more. */
  const endsAt = new Map<string, number>()
  return {
    add({ id, seconds }) {
      endsAt.set(id, now() + seconds * 1000)
      if (endsAt.size > most) endsAt.delete(endsAt.keys().next().value!)
    },
    async end(db) {
      if (endsAt.size === 0) return
      const ids = [...endsAt.keys()]
      for (const ended of [...(await endLeases(db, ids)), ...(await endNoticeLeases(db, ids))]) endsAt.delete(ended)
      // A server may still execute a statement whose client has gone: a lease that held nothing yet is looked for again.
      for (const id of ids) if (now() >= (endsAt.get(id) ?? Infinity)) endsAt.delete(id)
    },
    areLeft: () => endsAt.size > 0,
  }
}
