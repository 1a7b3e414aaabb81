import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '#database/migrate.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

test('a migrated database needs no further migration', async () => {
  expect(await migrate(database.db)).toEqual([])
})

test('a database of a newer Kuvert is refused by name', async () => {
  await database.db.query(`insert into migrations (name) values ('9999-future.sql')`)
  await expect(migrate(database.db)).rejects.toThrow(/9999-future\.sql/)
})
