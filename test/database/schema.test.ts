import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { freshDatabase } from '../support/fresh-database.ts'
import { describeSchema } from './describe-schema.ts'

const file = fileURLToPath(new URL('../../src/database/schema.sql', import.meta.url))

test('src/database/schema.sql is what the migrations make now: npm run schema', async () => {
  const { db, drop } = await freshDatabase()
  const heading = '-- What the migrations make, to read. Written by "npm run schema".\n\n'
  await expect(heading + (await describeSchema(db))).toMatchFileSnapshot(file)
  await drop()
})

test('the times that lists are sorted by are kept in milliseconds, as a Date knows them', async () => {
  const { db, drop } = await freshDatabase()
  const { rows } = await db.query(
    `select attrelid::regclass::text, attname from pg_attribute
     where attname in ('created_at', 'changed_at') and atttypmod <> 3 and attrelid in (
       select oid from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r')`,
  )
  expect(rows).toEqual([])
  await drop()
})
