import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '#database/database.ts'
import { compareSchema, migrate } from '#database/migrate.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

test('a migrated database needs no further migration', async () => {
  expect(await migrate(database.db)).toEqual([])
})

test('it is seen how a database stands to this version', async () => {
  expect(await compareSchema(database.db)).toBe('ok')
  const empty = await freshDatabase()
  await empty.db.query('drop table migrations')
  expect(await compareSchema(empty.db)).toBe('behind')
  await empty.drop()
})

test('a migration waits for another one, and says so when that takes too long', async () => {
  await database.db.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock(7205119)')
    await expect(migrate(database.db, 1)).rejects.toMatchObject({
      name: 'SchemaError',
      again: true,
      message: expect.stringContaining('somebody else has been migrating it') as string,
    })
  })
  expect(await migrate(database.db, 1)).toEqual([])
})

test('a statement may take longer than others where that is said', async () => {
  const patient = { url: database.url, maxConnections: 1, timeoutSeconds: 0.3, statementSeconds: 20 }
  const db = openDatabase(patient, () => undefined)
  await db.transaction(tx => tx.query('select pg_sleep(1.5)'))
  await db.close()
})

test('a database of before the first release is refused, and left as it is', async () => {
  const old = await freshDatabase()
  await old.db.query(`update migrations set name = '0001-messages.sql'`)
  await expect(migrate(old.db)).rejects.toMatchObject({
    name: 'SchemaError',
    again: false,
    message: expect.stringContaining('needs an empty one') as string,
  })
  expect((await old.db.query('select name from migrations')).rows).toEqual([{ name: '0001-messages.sql' }])
  await old.drop()
})

test('a database of a newer Kuvert is refused by name', async () => {
  await database.db.query(`insert into migrations (name) values ('9999-future.sql')`)
  await expect(migrate(database.db)).rejects.toThrow(/9999-future\.sql/)
  expect(await compareSchema(database.db)).toBe('newer')
})
