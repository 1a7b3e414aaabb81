import type { Queryable } from '#database/database.ts'

/** All that is in the database, as text. Bytes are written as they are, too, as far as they are text. */
export async function wholeDatabase(db: Queryable): Promise<string> {
  const tables = await db.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = current_schema()`,
  )
  const texts = await Promise.all(
    tables.rows.map(async ({ name }) => {
      const { rows } = await db.query(`select * from ${name}`)
      const values = rows.flatMap(row => Object.values(row as Record<string, unknown>))
      return values.map(value => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value))).join('\n')
    }),
  )
  return texts.join('\n')
}
