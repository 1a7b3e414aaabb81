import { findChainLag } from '#database/audit-chain.ts'
import type { Queryable } from '#database/database.ts'

/**
 * Entries are chained within seconds. Minutes are what a restart or a failover of the database takes; after five, something
 * is wrong that does not mend itself.
 */
const lateSeconds = 300

/** Whether an entry of the audit waits to be chained for longer than it should. */
export async function isChainLate(db: Queryable): Promise<boolean> {
  return (await findChainLag(db)) > lateSeconds
}
