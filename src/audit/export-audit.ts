import {
  findChained,
  findNames,
  findUnchainedEntries,
  type AuditEntry,
  type AuditPeriod,
} from '#database/audit-entries.ts'
import type { Queryable } from '#database/database.ts'
import { canonicalEntry } from './verify-audit.ts'

const atOnce = 2000

/**
 * The entries of a period as NDJSON, some at a time: those that are chained in the order of the chain, then the others, with
 * null for position and hashes. A line is what the entry's hash is made of, with two members put last: the hash, and the names of
 * persons by their ids, as far as they have not been deleted.
 */
export async function* exportAudit(db: Queryable, period: AuditPeriod): AsyncGenerator<string> {
  let afterPosition = 0
  for (let more = true; more;) {
    const chained = await findChained(db, afterPosition, atOnce, period)
    yield await writeLines(
      db,
      chained.flatMap(({ entry }) => entry ?? []),
    )
    afterPosition = chained.at(-1)?.position ?? afterPosition
    more = chained.length === atOnce
  }
  let afterId = 0
  for (let more = true; more;) {
    // Also those that have been chained meanwhile: each is in the export once.
    const entries = await findUnchainedEntries(db, { afterPosition, afterId }, atOnce, period)
    yield await writeLines(db, entries)
    afterId = entries.at(-1)?.id ?? afterId
    more = entries.length === atOnce
  }
}

async function writeLines(db: Queryable, entries: AuditEntry[]): Promise<string> {
  const lines = entries.map(entry => {
    const text = canonicalEntry(entry)
    return { text, hash: entry.hash, ids: text.match(personId) ?? [] }
  })
  const names = await findNames(db, [...new Set(lines.flatMap(({ ids }) => ids))])
  return lines
    .map(({ text, hash, ids }) => {
      const persons = Object.fromEntries(ids.flatMap(id => (names.has(id) ? [[id, names.get(id)]] : [])))
      return `${text.slice(0, -1)},"hash":${JSON.stringify(hash)},"persons":${JSON.stringify(persons)}}\n`
    })
    .join('')
}

/** An id of `persons`, as it stands in an entry. */
const personId = /(?<![\da-f])[\da-f]{32}(?![\da-f])/g
