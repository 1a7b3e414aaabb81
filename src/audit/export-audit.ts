import { findAuditEntries, type AuditPeriod } from '#database/audit.ts'
import type { Queryable } from '#database/database.ts'
import { canonicalEntry } from './verify-audit.ts'

const atOnce = 2000

/**
 * The entries of a period as NDJSON, some at a time. A line is what the entry's hash is made of, with the hash
 * put last: `,"hash":"…"}`.
 */
export async function* exportAudit(db: Queryable, period: AuditPeriod): AsyncGenerator<string> {
  let lastId = 0
  for (let more = true; more;) {
    const entries = await findAuditEntries(db, lastId, atOnce, period)
    yield entries.map(entry => `${canonicalEntry(entry).slice(0, -1)},"hash":"${entry.hash}"}\n`).join('')
    lastId = entries.at(-1)?.id ?? lastId
    more = entries.length === atOnce
  }
}
