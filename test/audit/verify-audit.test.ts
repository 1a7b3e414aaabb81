import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exportAudit } from '#audit/export-audit.ts'
import { verifyAudit } from '#audit/verify-audit.ts'
import { record } from '#database/audit.ts'
import { chainAudit } from '#database/audit-chain.ts'
import { findChained } from '#database/audit-entries.ts'
import type { Database } from '#database/database.ts'
import { auditEntries, chainAll } from '../support/audit-entries.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { wholeDatabase } from '../support/whole-database.ts'

let db: Database
let drop: () => Promise<void>
beforeEach(async () => {
  ;({ db, drop } = await freshDatabase())
})
afterEach(() => drop())

const messageId = '6f9619ff-8b86-d011-b42d-00c04fc964ff'

/** Enters and chains so many; their numbers are in their details. */
async function enter(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    await record(db, {
      action: 'page-shown',
      actor: 'account:anna',
      messageId,
      address: '192.0.2.1',
      details: { number },
    })
  await chainAll(db)
}

/** What the owner of the tables can do, and nobody else should. */
async function tamper(...statements: string[]): Promise<void> {
  await db.transaction(async tx => {
    for (const table of tables) await tx.query(`alter table ${table} disable trigger user`)
    for (const sql of statements) await tx.query(sql)
    for (const table of tables) await tx.query(`alter table ${table} enable trigger user`)
  })
}

const tables = ['audit_entries', 'audit_chain']

async function verify(expected: string | null = null) {
  const broken: [number, string][] = []
  const verified = await verifyAudit(db, expected, (id, sentence) => broken.push([id, sentence]))
  return { ...verified, broken }
}

test('what is recorded is verified, whatever it says', async () => {
  await enter(3)
  const odd = 'åäö 😀 "quoted" \\ \u0001 \n \u2028 \u007f \0 \ud800 </script>'
  await record(
    db,
    { action: 'refused', actor: `outsider:${odd}`, details: { zeta: odd, alpha: -1, Beta: true, left: undefined } },
    { action: 'ticket', fileId: messageId, address: '2001:db8::1' },
    { action: 'ticket', details: { big: Number.MAX_SAFE_INTEGER, long: 'x'.repeat(5000) } },
  )
  await chainAll(db)
  const { head, broken } = await verify()
  expect(broken).toEqual([])
  expect(head.count).toBe(6)
  const chained = await findChained(db, 0, 10)
  expect(chained.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6])
  const kept = odd.replace('\0', '\uFFFD').toWellFormed()
  expect(chained[3]!.entry!.details).toEqual({ zeta: kept, alpha: -1, Beta: true })
  expect((await auditEntries(db))[3]!.actor).toBe(`outsider:${kept}`)
  expect(head.hash).toBe(chained[5]!.entry!.hash)
})

test('numbers that are written in more than one way are not taken', async () => {
  await expect(record(db, { action: 'ticket', details: { share: 0.1 } })).rejects.toThrow('whole numbers')
  expect((await verify()).head.count).toBe(0)
})

test.each([
  ['changed', "update audit_entries set actor = 'account:bertil' where id = 3", [3]],
  ['changed in its details', "update audit_entries set details = '{}' where id = 3", [3]],
  ['changed in its time', "update audit_entries set at = at + interval '1 microsecond' where id = 3", [3]],
  ['removed in the middle', 'delete from audit_entries where id = 3', [3]],
  ['taken out of the middle of the chain', 'delete from audit_chain where position = 3', [4, 0]],
  ['taken out of the beginning of the chain', 'delete from audit_chain where position = 1', [2, 0]],
  ['taken off the end of the chain', 'delete from audit_chain where position = 5', [0]],
  [
    'given the content of another',
    'update audit_entries set details = (select details from audit_entries where id = 2) where id = 4',
    [4],
  ],
  [
    'given the hash of another',
    'update audit_chain set hash = (select hash from audit_chain where position = 2) where position = 4',
    [4, 5],
  ],
  ['exchanged for another', 'update audit_chain set entry_id = 1000 + entry_id where position = 4', [4, 0]],
])('an entry that is %s is found', async (_, sql, positions) => {
  await enter(5)
  await tamper(sql)
  expect((await verify()).broken.map(([position]) => position)).toEqual(positions)
})

test('several that are removed are named', async () => {
  await enter(6)
  await tamper(
    'delete from audit_entries where id between 3 and 5',
    'delete from audit_chain where position between 3 and 5',
  )
  expect((await verify()).broken).toEqual([[6, 'Entries 3 to 5 have been removed.']])
})

test('two that have changed places are found', async () => {
  await enter(5)
  await tamper(
    'update audit_chain set position = case position when 2 then 4 else 2 end + 1000 where position in (2, 4)',
    'update audit_chain set position = position - 1000 where position > 1000',
  )
  expect((await verify()).broken.map(([position]) => position)).toEqual([2, 3, 4, 5])
})

test('one that is put in between is found, however well it is made', async () => {
  await enter(4)
  // Room is made for it, and its own hash is right.
  await tamper(
    'update audit_chain set position = position + 1001 where position > 2',
    'update audit_chain set position = position - 1000 where position > 1000',
    `insert into audit_entries (id, at, action, details) values (5, now(), 'ticket', '{}')`,
    `insert into audit_chain select 3, 5, hash, '' from audit_chain where position = 2`,
    rightHash(3),
  )
  expect((await verify()).broken.map(([position]) => position)).toEqual([4, 5])
})

test('one that is replaced with a right hash of its own does not fit the next one', async () => {
  await enter(4)
  await tamper("update audit_entries set actor = 'account:bertil' where id = 2", rightHash(2))
  const { broken } = await verify()
  expect(broken).toEqual([[3, 'Entry 3 does not follow what stands before it: entry 2 has been replaced.']])
})

const rightHash = (position: number) =>
  `update audit_chain set hash = sha256(convert_to(audit_text(audit_entries, audit_chain), 'UTF8'))
   from audit_entries where id = entry_id and position = ${position}`

test('one that is put beside the chain, or removed before it is chained, is found', async () => {
  await enter(1)
  await record(db, { action: 'logout' }, { action: 'logout' })
  await tamper(
    'delete from audit_entries where id = 2',
    `insert into audit_entries (id, at, action, details) values (9, now(), 'ticket', '{}')`,
  )
  const { broken, unchained } = await verify()
  expect(broken).toEqual([
    [0, 'The entry with the id 9 has been inserted, or taken out of the chain.'],
    [0, 'The entry with the id 2 was removed before it was chained.'],
  ])
  expect(unchained.count).toBe(1)
})

test('it tells how many entries are not chained yet, and of when the oldest is', async () => {
  await enter(2)
  expect((await verify()).unchained).toEqual({ count: 0, oldest: null })
  await record(db, { action: 'logout' }, { action: 'logout' })
  const { head, unchained, broken } = await verify()
  expect([head.count, broken]).toEqual([2, []])
  const { at } = (await auditEntries(db))[2]!
  expect(unchained).toEqual({ count: 2, oldest: new Date(at) })
})

test.each([
  ['whose name is changed', "update persons set name = 'bertil'"],
  ['whose salt is changed', "update persons set salt = sha256('x')"],
  ['who is another kind of person', "update persons set kind = 'login'"],
])('a person %s is found', async (_, sql) => {
  await enter(1)
  await db.query(sql)
  const { rows } = await db.query<{ id: string }>('select id from persons')
  expect((await verify()).broken).toEqual([[0, `The person with the id ${rows[0]!.id} has been changed.`]])
})

test('a person who is deleted leaves the chain whole, and nothing to find out who it was', async () => {
  await enter(2)
  const { head } = await verify()
  await db.query("delete from persons where name = 'anna'")
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: true, head: { count: 2 }, broken: [] })
  const everything = await wholeDatabase(db)
  expect(everything).not.toContain('anna')
  // Who knows all names that there are still lacks the salt; the next entry names anna by another id.
  await enter(1)
  const actors = (await findChained(db, 0, 10)).map(({ entry }) => entry!.actor)
  expect([actors[0] === actors[1], actors[1] === actors[2]]).toEqual([true, false])
})

test('an end that was removed is found by whoever kept the head, and by nobody else', async () => {
  await enter(5)
  const { head } = await verify()
  await enter(1)
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: true, head: { count: 6 }, broken: [] })
  await tamper('delete from audit_chain where position >= 5', 'delete from audit_entries where id >= 5')
  expect(await verify()).toMatchObject({ isExpectedThere: true, head: { count: 4 }, broken: [] })
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: false, broken: [] })
  // Those that come after it do not mend it.
  await enter(2)
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: false, head: { count: 6 }, broken: [] })
})

test.each(
  tables.flatMap(table => [
    `update ${table} set ${table === 'audit_chain' ? 'hash = null' : 'actor = null'}`,
    `delete from ${table}`,
    `truncate ${table}`,
    `delete from ${table} where false`,
  ]),
)('the database refuses: %s', async sql => {
  await enter(1)
  await expect(db.query(sql)).rejects.toThrow('neither changed nor removed')
  await expect(
    db.transaction(async tx => {
      await tx.query('set local session_replication_role = replica')
      await tx.query(sql)
    }),
  ).rejects.toThrow('neither changed nor removed')
  expect(await verify()).toMatchObject({ head: { count: 1 }, broken: [] })
})

test('the export is one line of JSON an entry, of which anybody can compute the hashes', async () => {
  await enter(2)
  await record(db, { action: 'refused', details: { note: 'å "x"', code: 'USED_UP' } })
  await chainAll(db)
  const lines = (await Array.fromAsync(exportAudit(db, {}))).join('').trimEnd().split('\n')
  let previous = '0'.repeat(64)
  for (const line of lines) {
    const [, text, hash] = /^(.*),"hash":"([\da-f]{64})","persons":\{.*\}\}$/.exec(line)!
    expect(createHash('sha256').update(`${text}}`).digest('hex')).toBe(hash)
    expect(JSON.parse(line)).toMatchObject({ previousHash: previous })
    previous = hash!
  }
  expect(JSON.parse(lines[2]!)).toMatchObject({ id: 3, action: 'refused', details: { note: 'å "x"', code: 'USED_UP' } })
})

test('the export has entries that are not chained yet, marked, and each entry once while they are chained', async () => {
  await enter(2)
  await record(db, { action: 'logout' }, { action: 'logout' })
  const read = async () => {
    const lines: { id: number; position: number | null; hash: string | null }[] = []
    for await (const text of exportAudit(db, {})) {
      const added = text.trimEnd().split('\n')
      lines.push(...added.filter(Boolean).map(line => JSON.parse(line) as (typeof lines)[number]))
      // As another node may at any moment.
      await chainAudit(db, 1)
    }
    return lines.map(({ id, position, hash }) => [id, position, hash !== null])
  }
  expect(await read()).toEqual([
    [1, 1, true],
    [2, 2, true],
    [3, 3, true],
    [4, null, false],
  ])
})

test('the export names people, until they are deleted', async () => {
  await record(db, { action: 'login', actor: 'account:anna', details: { login: 'anna.a' } })
  const read = async () => JSON.parse((await Array.fromAsync(exportAudit(db, {}))).join('')) as NamedLine
  const { actor, details, persons } = await read()
  expect(persons).toEqual({ [actor.slice('account:'.length)]: 'anna', [details.login]: 'anna.a' })
  await db.query("delete from persons where name = 'anna'")
  expect((await read()).persons).toEqual({ [details.login]: 'anna.a' })
})

interface NamedLine {
  actor: string
  details: { login: string }
  persons: Record<string, string>
}

test('the export can be of a period, from a time on and up to another', async () => {
  await enter(4)
  const read = async (period: { from?: Date; to?: Date }) => {
    const text = (await Array.fromAsync(exportAudit(db, period))).join('')
    return [...text.matchAll(/"number":(\d+)/g)].map(match => Number(match[1]))
  }
  await tamper(
    "update audit_entries set at = '2026-01-01T00:00:00Z' where id < 3",
    "update audit_entries set at = '2026-02-01T00:00:00Z' where id > 2",
  )
  const middle = new Date('2026-02-01T00:00:00Z')
  expect([await read({}), await read({ from: middle }), await read({ to: middle })]).toEqual([
    [1, 2, 3, 4],
    [3, 4],
    [1, 2],
  ])
  expect(await read({ from: new Date('2027-01-01') })).toEqual([])
})
