import { createHash, createHmac } from 'node:crypto'
import { findLastEntryId, findLeftOut, findUnchained, type Unchained } from '#database/audit-chain.ts'
import { findChained, findPersons, type AuditEntry, type Person } from '#database/audit-entries.ts'
import type { Queryable } from '#database/database.ts'

/** The end of the chain, to be kept elsewhere: whoever knows it notices when the end was removed. */
interface AuditHead {
  /** How many entries are chained. */
  count: number
  /** Of the last entry; zeros if there is none. */
  hash: string
}

/** What was read from the first entry to the last. */
export interface VerifiedAudit {
  head: AuditHead
  /** Whether there is an entry with the hash that was expected; true if none was. */
  isExpectedThere: boolean
  unchained: Pick<Unchained, 'count' | 'oldest'>
}

/** Is told of each place that is not right: its position in the chain, 0 if it has none, and a sentence. */
type OnBroken = (position: number, sentence: string) => void

const atOnce = 2000
const beforeTheFirst = '0'.repeat(64)

/**
 * Reads the whole chain, a batch at a time, then looks for entries that are not where they ought to be, and for persons
 * that have been changed. What is entered meanwhile is verified as well.
 */
export async function verifyAudit(
  db: Queryable,
  expectedHash: string | null,
  onBroken: OnBroken,
): Promise<VerifiedAudit> {
  const chain = await verifyChain(db, expectedHash, onBroken)
  await verifyEntries(db, onBroken)
  await verifyPersons(db, onBroken)
  const { count, oldest, removed } = await findUnchained(db)
  for (const id of removed) onBroken(0, `The entry with the id ${id} was removed before it was chained.`)
  return { ...chain, unchained: { count, oldest } }
}

async function verifyChain(
  db: Queryable,
  expectedHash: string | null,
  onBroken: OnBroken,
): Promise<Omit<VerifiedAudit, 'unchained'>> {
  let previous: Previous = { position: 0, hash: beforeTheFirst }
  let count = 0
  let isExpectedThere = expectedHash === null
  for (let more = true; more;) {
    const chained = await findChained(db, previous.position, atOnce)
    for (const { position, entry } of chained) {
      for (const sentence of mistakesOf(position, entry, previous)) onBroken(position, sentence)
      isExpectedThere ||= entry !== null && entry.hash === expectedHash
      previous = { position, hash: entry?.hash ?? null }
    }
    count += chained.length
    more = chained.length === atOnce
  }
  return { head: { count, hash: previous.hash ?? beforeTheFirst }, isExpectedThere }
}

/** The place before: its hash is null if its entry has been removed. */
interface Previous {
  position: number
  hash: string | null
}

function mistakesOf(position: number, entry: AuditEntry | null, previous: Previous): string[] {
  const mistakes: string[] = []
  const missing = position - previous.position - 1
  if (missing === 1) mistakes.push(`Entry ${previous.position + 1} has been removed.`)
  if (missing > 1) mistakes.push(`Entries ${previous.position + 1} to ${position - 1} have been removed.`)
  if (entry === null) return [...mistakes, `Entry ${position} has been removed.`]
  if (hashEntry(entry) !== entry.hash) mistakes.push(`Entry ${position} has been changed, moved or inserted.`)
  else if (missing === 0 && previous.hash !== null && entry.previousHash !== previous.hash) {
    const before = previous.position === 0 ? 'something' : `entry ${previous.position}`
    mistakes.push(`Entry ${position} does not follow what stands before it: ${before} has been replaced.`)
  }
  return mistakes
}

/** Each entry is chained, or waits to be. */
async function verifyEntries(db: Queryable, onBroken: OnBroken): Promise<void> {
  const last = await findLastEntryId(db)
  for (let after = 0; after < last; after += atOnce) {
    for (const id of await findLeftOut(db, after, after + atOnce))
      onBroken(0, `The entry with the id ${id} has been inserted, or taken out of the chain.`)
  }
}

/** Each person who has not been deleted is still the one whom entries name. */
async function verifyPersons(db: Queryable, onBroken: OnBroken): Promise<void> {
  let after = ''
  for (let more = true; more;) {
    const persons = await findPersons(db, after, atOnce)
    for (const person of persons) {
      if (idOf(person) !== person.id) onBroken(0, `The person with the id ${person.id} has been changed.`)
    }
    after = persons.at(-1)?.id ?? after
    more = persons.length === atOnce
  }
}

/** The id that a person ought to have. The database makes it in the same way. */
function idOf({ kind, name, salt }: Person): string {
  return createHmac('sha256', salt).update(`${kind}:${name}`).digest('hex').slice(0, 32)
}

/** The SHA-256 that an entry ought to have, lower-case hex. */
function hashEntry(entry: AuditEntry): string {
  return createHash('sha256').update(canonicalEntry(entry)).digest('hex')
}

/**
 * What an entry's hash is made of: all of it but the hash, as JSON without spaces, names sorted. The database
 * writes the same where it chains one.
 */
export function canonicalEntry(entry: AuditEntry): string {
  return JSON.stringify({ ...entry, hash: undefined }, sortNames)
}

function sortNames(_name: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
