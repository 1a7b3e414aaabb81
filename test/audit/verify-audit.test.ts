import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exportAudit } from '#audit/export-audit.ts'
import { verifyAudit } from '#audit/verify-audit.ts'
import { findAuditEntries, record } from '#database/audit.ts'
import { openDatabase, type Database } from '#database/database.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let db: Database
let url: string
let drop: () => Promise<void>
beforeEach(async () => {
  ;({ db, url, drop } = await freshDatabase())
})
afterEach(() => drop())

const messageId = '6f9619ff-8b86-d011-b42d-00c04fc964ff'

/** Enters so many; their numbers are in their details. */
async function enter(count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1)
    await record(db, {
      action: 'page-shown',
      actor: 'account:anna',
      messageId,
      address: '192.0.2.1',
      details: { number },
    })
}

/** What the owner of the table can do, and nobody else should. */
async function tamper(...statements: string[]): Promise<void> {
  await db.transaction(async tx => {
    await tx.query('alter table audit disable trigger user')
    for (const sql of statements) await tx.query(sql)
    await tx.query('alter table audit enable trigger user')
  })
}

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
  const { head, broken } = await verify()
  expect(broken).toEqual([])
  expect(head.count).toBe(6)
  const entries = await findAuditEntries(db, 0, 10)
  expect(entries.map(entry => entry.id)).toEqual([1, 2, 3, 4, 5, 6])
  expect(entries[3]!.details).toEqual({ zeta: odd.replace('\0', '\uFFFD').toWellFormed(), alpha: -1, Beta: true })
  expect(head.hash).toBe(entries[5]!.hash)
})

test('numbers that are written in more than one way are not taken', async () => {
  await expect(record(db, { action: 'ticket', details: { share: 0.1 } })).rejects.toThrow('whole numbers')
  expect((await verify()).head.count).toBe(0)
})

test.each([
  ['changed', "update audit set actor = 'account:bertil' where id = 3", [3]],
  ['changed in its details', "update audit set details = '{}' where id = 3", [3]],
  ['changed in its time', "update audit set at = at + interval '1 microsecond' where id = 3", [3]],
  ['removed in the middle', 'delete from audit where id = 3', [4]],
  ['removed at the beginning', 'delete from audit where id = 1', [2]],
  [
    'given the content of another',
    'update audit set details = (select details from audit where id = 2) where id = 4',
    [4],
  ],
  ['given the hash of another', 'update audit set hash = (select hash from audit where id = 2) where id = 4', [4, 5]],
])('an entry that is %s is found, by its number', async (_, sql, ids) => {
  await enter(5)
  await tamper(sql)
  expect((await verify()).broken.map(([id]) => id)).toEqual(ids)
})

test('several that are removed are named', async () => {
  await enter(6)
  await tamper('delete from audit where id between 3 and 5')
  expect((await verify()).broken).toEqual([[6, 'Entries 3 to 5 have been removed.']])
})

test('two that have changed places are found', async () => {
  await enter(5)
  await tamper(
    'update audit set id = case id when 2 then 4 else 2 end + 1000 where id in (2, 4)',
    'update audit set id = id - 1000 where id > 1000',
  )
  expect((await verify()).broken.map(([id]) => id)).toEqual([2, 3, 4, 5])
})

test('one that is put in between is found, however well it is made', async () => {
  await enter(4)
  // Room is made for it, and its own hash is right.
  await tamper(
    'update audit set id = id + 1001 where id > 2',
    'update audit set id = id - 1000 where id > 1000',
    `insert into audit (id, at, action, details, previous_hash, hash)
       select 3, at, action, '{}', hash, '' from audit where id = 2`,
    "update audit set hash = sha256(convert_to(audit_text(audit), 'UTF8')) where id = 3",
  )
  expect((await verify()).broken.map(([id]) => id)).toEqual([4, 5])
})

test('one that is replaced with a right hash of its own does not fit the next one', async () => {
  await enter(4)
  await tamper(
    "update audit set actor = 'account:bertil' where id = 2",
    "update audit set hash = sha256(convert_to(audit_text(audit), 'UTF8')) where id = 2",
  )
  const { broken } = await verify()
  expect(broken).toEqual([[3, 'Entry 3 does not follow what stands before it: entry 2 has been replaced.']])
})

test('an end that was removed is found by whoever kept the head, and by nobody else', async () => {
  await enter(5)
  const { head } = await verify()
  await enter(1)
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: true, head: { count: 6 }, broken: [] })
  await tamper('delete from audit where id >= 5')
  expect(await verify()).toMatchObject({ isExpectedThere: true, head: { count: 4 }, broken: [] })
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: false, broken: [] })
  // Those that come after it do not mend it.
  await enter(2)
  expect(await verify(head.hash)).toMatchObject({ isExpectedThere: false, head: { count: 6 }, broken: [] })
})

test.each(['update audit set actor = null', 'delete from audit', 'truncate audit', 'delete from audit where id < 0'])(
  'the database refuses: %s',
  async sql => {
    await enter(1)
    await expect(db.query(sql)).rejects.toThrow('neither changed nor removed')
    await expect(
      db.transaction(async tx => {
        await tx.query('set local session_replication_role = replica')
        await tx.query(sql)
      }),
    ).rejects.toThrow('neither changed nor removed')
    expect(await verify()).toMatchObject({ head: { count: 1 }, broken: [] })
  },
)

test('the application needs no right to write to the table, only to its inbox', async () => {
  const role = `teller_${messageId.slice(0, 8)}`
  await db.query(`drop role if exists ${role}`)
  await db.query(`create role ${role} login password 'x'`)
  await db.query(`grant select on audit to ${role}`)
  await db.query(`grant select, insert on audit_inbox to ${role}`)
  const theirUrl = new URL(url)
  theirUrl.username = role
  theirUrl.password = 'x'
  const theirs = openDatabase({ url: theirUrl.href, maxConnections: 2, timeoutSeconds: 5 }, () => undefined)
  await record(theirs, { action: 'login', actor: 'account:anna' })
  // A table of theirs by the same name is not where it goes.
  await theirs.transaction(async tx => {
    await tx.query('create temporary table audit on commit drop as select * from audit')
    await tx.query("insert into audit_inbox (action, details) values ('logout', '{}')")
  })
  for (const sql of ["update audit set actor = 'x'", 'delete from audit', 'insert into audit select * from audit'])
    await expect(theirs.query(sql)).rejects.toThrow('permission denied')
  await theirs.close()
  expect(await verify()).toMatchObject({ head: { count: 2 }, broken: [] })
  await db.query(`drop owned by ${role}; drop role ${role}`)
})

test('twenty who record at the same time make one chain', async () => {
  const many = openDatabase({ url, maxConnections: 20, timeoutSeconds: 30 }, () => undefined)
  const enterSome = async (writer: number) => {
    for (let number = 0; number < 10; number += 1) {
      const entry = { action: 'ticket', details: { writer, number } } as const
      if (number % 2 === 0) await record(many, entry)
      else await many.transaction(async tx => record(tx, entry, { action: 'refused', details: { writer, number } }))
    }
  }
  await Promise.all(Array.from({ length: 20 }, (_, writer) => enterSome(writer)))
  await many.close()
  expect(await verify()).toMatchObject({ head: { count: 300 }, broken: [] })
  expect((await db.query('select from audit_inbox')).rowCount).toBe(0)
})

test('a transaction that takes its time keeps nobody else waiting', async () => {
  let finish = () => undefined as void
  const waited = new Promise<void>(resolve => (finish = resolve))
  let recorded = () => undefined as void
  const hasRecorded = new Promise<void>(resolve => (recorded = resolve))
  const slow = db.transaction(async tx => {
    await record(tx, { action: 'ticket', details: { who: 'slow' } })
    recorded()
    await waited
  })
  await hasRecorded
  await record(db, { action: 'ticket', details: { who: 'quick' } })
  finish()
  await slow
  const entries = await findAuditEntries(db, 0, 10)
  expect(entries.map(entry => entry.details['who'])).toEqual(['quick', 'slow'])
  expect((await verify()).broken).toEqual([])
})

test('what is rolled back was never recorded, and leaves no gap', async () => {
  await enter(1)
  const undone = db.transaction(async tx => {
    await record(tx, { action: 'ticket' })
    throw new Error('undone')
  })
  await expect(undone).rejects.toThrow('undone')
  await enter(1)
  expect(await verify()).toMatchObject({ head: { count: 2 }, broken: [] })
})

test('where nothing can be entered, recording fails, and so does the transaction around it', async () => {
  await db.query('alter table audit rename to audit_elsewhere')
  await expect(record(db, { action: 'ticket' })).rejects.toThrow('audit')
  const around = db.transaction(async tx => {
    await tx.query("insert into login_failures (attempt, key) values (gen_random_uuid(), 'x')")
    await record(tx, { action: 'ticket' })
  })
  await expect(around).rejects.toThrow('audit')
  expect((await db.query('select from login_failures')).rowCount).toBe(0)
})

test('the export is one line of JSON an entry, of which anybody can compute the hashes', async () => {
  await enter(2)
  await record(db, { action: 'refused', details: { note: 'å "x"', code: 'USED_UP' } })
  const lines = (await Array.fromAsync(exportAudit(db, {}))).join('').trimEnd().split('\n')
  let previous = '0'.repeat(64)
  for (const line of lines) {
    const [, text, hash] = /^(.*),"hash":"([\da-f]{64})"\}$/.exec(line)!
    expect(createHash('sha256').update(`${text}}`).digest('hex')).toBe(hash)
    expect(JSON.parse(line)).toMatchObject({ previousHash: previous })
    previous = hash!
  }
  expect(JSON.parse(lines[2]!)).toMatchObject({ id: 3, action: 'refused', details: { note: 'å "x"', code: 'USED_UP' } })
})

test('the export can be of a period, from a time on and up to another', async () => {
  await enter(4)
  const [, second, third] = await findAuditEntries(db, 0, 10)
  const read = async (period: { from?: Date; to?: Date }) => {
    const text = (await Array.fromAsync(exportAudit(db, period))).join('')
    return [...text.matchAll(/"number":(\d+)/g)].map(match => Number(match[1]))
  }
  await tamper(
    "update audit set at = '2026-01-01T00:00:00Z' where id < 3",
    "update audit set at = '2026-02-01T00:00:00Z' where id > 2",
  )
  expect([second, third].map(entry => entry?.id)).toEqual([2, 3])
  const middle = new Date('2026-02-01T00:00:00Z')
  expect([await read({}), await read({ from: middle }), await read({ to: middle })]).toEqual([
    [1, 2, 3, 4],
    [3, 4],
    [1, 2],
  ])
  expect(await read({ from: new Date('2027-01-01') })).toEqual([])
})
