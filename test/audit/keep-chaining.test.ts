import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keepChaining, makeChainRound } from '#audit/keep-chaining.ts'
import { record } from '#database/audit.ts'
import { findChainLag, findUnchained } from '#database/audit-chain.ts'
import type { Database } from '#database/database.ts'
import { ageEntries } from '../support/audit-entries.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let db: Database
let drop: () => Promise<void>
let told: string[]
const log = pino({ level: 'info' }, { write: line => void told.push((JSON.parse(line) as { msg: string }).msg) })
beforeEach(async () => {
  told = []
  ;({ db, drop } = await freshDatabase())
})
afterEach(() => drop())

test('a round chains all there is, however much', async () => {
  await db.query(`insert into audit_entries (action, details) select 'ticket', '{}' from generate_series(1, 2500)`)
  await makeChainRound({ db, log })()
  expect((await findUnchained(db)).count).toBe(0)
  expect(told).toEqual([])
})

test('a node that runs chains what is recorded, without being told', async () => {
  const nodes = [keepChaining({ db, log }), keepChaining({ db, log })]
  await record(db, { action: 'ticket' })
  await expect.poll(() => findChainLag(db)).toBe(0)
  await record(db, { action: 'ticket' })
  await expect.poll(() => findChainLag(db), { timeout: 10_000 }).toBe(0)
  await Promise.all(nodes.map(node => node.close()))
  expect((await db.query('select from audit_chain')).rowCount).toBe(2)
})

test('the log tells once when chaining fails and when it lags, and when it is well again', async () => {
  const round = makeChainRound({ db, log })
  const [fails, lags, isWell] = [
    'the audit cannot be chained; it is tried again every second',
    'the audit has not been chained for five minutes; see docs/audit.md',
    'the audit is chained again',
  ]
  await record(db, { action: 'ticket' })
  await db.query('alter function chain_audit(integer) rename to chain_audit_elsewhere')
  await round()
  await round()
  expect(told).toEqual([fails])
  await ageEntries(db, 301)
  await round()
  await round()
  expect(told).toEqual([fails, lags])
  await db.query('alter function chain_audit_elsewhere(integer) rename to chain_audit')
  await round()
  await round()
  expect(told).toEqual([fails, lags, isWell])
})

test('another node that hangs while it chains is noticed by the others', async () => {
  await record(db, { action: 'ticket' })
  await ageEntries(db, 301)
  await db.transaction(async tx => {
    await tx.query('select chain_audit(0)')
    await makeChainRound({ db, log })()
  })
  expect(told).toEqual(['the audit has not been chained for five minutes; see docs/audit.md'])
})
