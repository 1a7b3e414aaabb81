import { createHash } from 'node:crypto'
import { findAuditEntries, type AuditEntry } from '#database/audit.ts'
import type { Queryable } from '#database/database.ts'

/** The end of the chain, to be kept elsewhere: whoever knows it notices when the end was removed. */
interface AuditHead {
  /** How many entries there are. */
  count: number
  /** Of the last entry; zeros where there is none. */
  hash: string
}

/** What was read from the first entry to the last. */
export interface VerifiedAudit {
  head: AuditHead
  /** Whether there is an entry with the hash that was expected; true where none was. */
  isExpectedThere: boolean
}

const atOnce = 2000
const beforeTheFirst = '0'.repeat(64)

/**
 * Reads the whole chain, a batch at a time. `onBroken` is told of each place that is not right: the entry's id, and a
 * sentence. What is entered meanwhile is verified as well.
 */
export async function verifyAudit(
  db: Queryable,
  expectedHash: string | null,
  onBroken: (id: number, sentence: string) => void,
): Promise<VerifiedAudit> {
  let previous = { id: 0, hash: beforeTheFirst }
  let count = 0
  let isExpectedThere = expectedHash === null
  for (let more = true; more;) {
    const entries = await findAuditEntries(db, previous.id, atOnce)
    for (const entry of entries) {
      for (const sentence of mistakesOf(entry, previous)) onBroken(entry.id, sentence)
      isExpectedThere ||= entry.hash === expectedHash
      previous = entry
    }
    count += entries.length
    more = entries.length === atOnce
  }
  return { head: { count, hash: previous.hash }, isExpectedThere }
}

function mistakesOf(entry: AuditEntry, previous: { id: number; hash: string }): string[] {
  const mistakes: string[] = []
  const missing = entry.id - previous.id - 1
  if (missing === 1) mistakes.push(`Entry ${previous.id + 1} has been removed.`)
  if (missing > 1) mistakes.push(`Entries ${previous.id + 1} to ${entry.id - 1} have been removed.`)
  if (hashEntry(entry) !== entry.hash) mistakes.push(`Entry ${entry.id} has been changed, moved or inserted.`)
  else if (missing === 0 && entry.previousHash !== previous.hash) {
    const before = previous.id === 0 ? 'something' : `entry ${previous.id}`
    mistakes.push(`Entry ${entry.id} does not follow what stands before it: ${before} has been replaced.`)
  }
  return mistakes
}

/** The SHA-256 that an entry ought to have, lower-case hex. */
function hashEntry(entry: AuditEntry): string {
  return createHash('sha256').update(canonicalEntry(entry)).digest('hex')
}

/**
 * What an entry's hash is made of: all of it but the hash, as JSON without spaces, names sorted. The database
 * writes the same where it enters one.
 */
export function canonicalEntry(entry: AuditEntry): string {
  return JSON.stringify({ ...entry, hash: undefined }, sortNames)
}

function sortNames(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
