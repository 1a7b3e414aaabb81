import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { verifyAudit } from '#audit/verify-audit.ts'
import { record } from '#database/audit.ts'
import { chainAudit, findChainLag } from '#database/audit-chain.ts'
import { openDatabase, type Database } from '#database/database.ts'
import { ageEntries, auditEntries, chainAll } from '../support/audit-entries.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let db: Database
let url: string
let drop: () => Promise<void>
beforeEach(async () => {
  ;({ db, url, drop } = await freshDatabase())
})
afterEach(() => drop())

async function verify() {
  const broken: string[] = []
  const verified = await verifyAudit(db, null, (_, sentence) => broken.push(sentence))
  return { ...verified, broken }
}

const rows = async <Row extends Record<string, unknown>>(sql: string) => (await db.query<Row>(sql)).rows

test('people are named by an HMAC under a salt of their own, the same in each of their entries', async () => {
  const bertil = 'bertil@example.net'
  await record(db, { action: 'login', actor: 'account:anna', details: { login: 'anna' } })
  await record(db, { action: 'text-shown', actor: 'account:anna', details: { person: 'account:anna' } })
  await record(db, { action: 'message-sealed', actor: `sender:${bertil}`, details: { sender: bertil } })
  await record(db, { action: 'code-entered', actor: `outsider:${bertil}`, details: { person: 'link:6f96' } })
  await record(db, { action: 'copy-dropped', actor: 'admin:root', details: { recipient: bertil } })
  const persons = await rows<{ id: string; kind: string; name: string; salt: Buffer }>('select * from persons')
  expect(persons.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
    'account anna',
    'address bertil@example.net',
    'login anna',
    'user root',
  ])
  for (const { id, kind, name, salt } of persons) {
    expect(salt).toHaveLength(32)
    expect(id).toBe(createHmac('sha256', salt).update(`${kind}:${name}`).digest('hex').slice(0, 32))
  }
  const id = (kind: string) => persons.find(person => person.kind === kind)!.id
  const address = id('address')
  expect(await rows('select actor, details from audit_entries order by id')).toEqual([
    { actor: `account:${id('account')}`, details: { login: id('login') } },
    { actor: `account:${id('account')}`, details: { person: `account:${id('account')}` } },
    { actor: `sender:${address}`, details: { sender: address } },
    { actor: `outsider:${address}`, details: { person: 'link:6f96' } },
    { actor: `admin:${id('user')}`, details: { recipient: address } },
  ])
})

test('two who name a person first at the same time wait for neither, and both of their ids are found', async () => {
  const entry = { action: 'login', actor: 'account:anna' } as const
  await db.transaction(async tx => {
    await record(tx, entry)
    await record(db, entry)
  })
  const found = await rows(`select actor from audit_entries join persons on actor = 'account:' || persons.id
    where kind = 'account' and name = 'anna'`)
  expect(found).toHaveLength(2)
  await record(db, entry)
  expect(await rows('select from persons')).toHaveLength(2)
})

test('an entry has the time of its transaction and an id of the database, whatever its writer says', async () => {
  const [now] = await db.transaction(async tx => {
    await record(tx, { action: 'ticket' })
    await tx.query(`insert into audit_entries (id, at, action, details) values (99, '2020-01-01', 'ticket', '{}')`)
    return (await tx.query<{ now: string }>('select now()::text as now')).rows
  })
  expect((await auditEntries(db)).map(({ id, at }) => [id, at])).toEqual([
    [1, now!.now],
    [2, now!.now],
  ])
})

test('what is rolled back was never recorded', async () => {
  const undone = db.transaction(async tx => {
    await record(tx, { action: 'ticket' })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await record(db, { action: 'ticket' })
  await chainAll(db)
  expect(await verify()).toMatchObject({ head: { count: 1 }, broken: [] })
})

test('where nothing can be entered, recording fails, and so does the transaction around it', async () => {
  await db.query('alter table audit_entries rename to audit_elsewhere')
  await expect(record(db, { action: 'ticket' })).rejects.toThrow('audit')
  const around = db.transaction(async tx => {
    await tx.query("insert into login_failures (attempt, key) values (gen_random_uuid(), 'x')")
    await record(tx, { action: 'ticket' })
  })
  await expect(around).rejects.toThrow('audit')
  expect(await rows('select from login_failures')).toEqual([])
})

test('twenty who record at the same time, and five who chain, make one chain', async () => {
  const many = openDatabase({ url, maxConnections: 25, timeoutSeconds: 30 }, () => undefined)
  const enterSome = async (writer: number) => {
    for (let number = 0; number < 10; number += 1) {
      const entry = { action: 'ticket', actor: `account:${number}`, details: { writer, number } } as const
      if (number % 2 === 0) await record(many, entry)
      else await many.transaction(async tx => record(tx, entry, { action: 'refused', details: { writer, number } }))
    }
  }
  const recorded = new AbortController()
  const chainSome = async () => {
    while (!recorded.signal.aborted) await chainAudit(many, 7)
  }
  const chaining = Array.from({ length: 5 }, chainSome)
  await Promise.all(Array.from({ length: 20 }, (_, writer) => enterSome(writer)))
  recorded.abort()
  await Promise.all(chaining)
  await chainAll(many)
  await many.close()
  expect(await verify()).toMatchObject({ head: { count: 300 }, broken: [], unchained: { count: 0 } })
})

test('no commit waits for one that is being written, nor for one that chains, and one chains at a time', async () => {
  await record(db, { action: 'ticket', details: { who: 'first' } })
  await db.transaction(async slow => {
    await record(slow, { action: 'ticket', details: { who: 'slow' } })
    await db.transaction(async chaining => {
      expect(await chainAudit(chaining, 10)).toBe(1)
      await record(db, { action: 'ticket', details: { who: 'quick' } })
      expect(await chainAudit(db, 10), 'another one is chaining').toBe(null)
    })
    expect(await chainAudit(db, 10)).toBe(1)
  })
  expect(await chainAudit(db, 10)).toBe(1)
  // By commit, not by id.
  const chained = await rows(
    `select details ->> 'who' as who from audit_chain join audit_entries on id = entry_id order by position`,
  )
  expect(chained).toEqual([{ who: 'first' }, { who: 'quick' }, { who: 'slow' }])
  expect((await verify()).broken).toEqual([])
})

test('what is chained and not committed is chained by the next one, once', async () => {
  await record(db, { action: 'ticket' }, { action: 'ticket' })
  const killed = db.transaction(async tx => {
    expect(await chainAudit(tx, 10)).toBe(2)
    throw new Error('killed')
  })
  await expect(killed).rejects.toThrow('killed')
  expect(await chainAudit(db, 10)).toBe(2)
  expect(await chainAudit(db, 10)).toBe(0)
  expect(await verify()).toMatchObject({ head: { count: 2 }, broken: [] })
})

test('entries are kept by a table that survives a crash of the server', async () => {
  const kept = await rows(`select relname from pg_class where relkind = 'r' and relpersistence = 'p'
    and (relname like 'audit%' or relname = 'persons') order by relname`)
  expect(kept.map(({ relname }) => relname)).toEqual(['audit_chain', 'audit_entries', 'audit_unchained', 'persons'])
})

test('how long the oldest entry has waited to be chained is told', async () => {
  expect(await findChainLag(db)).toBe(0)
  await record(db, { action: 'ticket' })
  await ageEntries(db, 400)
  await record(db, { action: 'ticket' })
  expect(Math.round(await findChainLag(db))).toBe(400)
  await chainAudit(db, 1)
  expect(await findChainLag(db)).toBeLessThan(100)
})
