import { randomBytes } from 'node:crypto'
import { makeKeyring, type Keyring, type LinkKey } from '#crypto/keyring.ts'
import type { Queryable } from '#database/database.ts'
import { linkColumns, linkValues, type LinkRow } from '#database/links.ts'
import { messageColumns, messageValues, type MessageRow } from '#database/messages.ts'
import type { Rows } from '#database/rows.ts'
import { sessionColumns, sessionValues } from '#database/sessions.ts'

/** A keyring of one fresh key, or of these. */
export function testKeyring(keys: LinkKey[] = [{ id: 'test', key: randomBytes(32) }]): Keyring {
  return makeKeyring(keys, () => undefined)
}

/** Changes rows by SQL as Kuvert itself would have written them: what a test sets up is no forgery. */
export async function alter(rows: Rows, sql: string, values?: unknown[]): Promise<void> {
  await rows.db.query(sql, values)
  await reseal(rows)
}

/** Seals what the rows say now; of one message alone, if it is named. */
export async function reseal({ db, keyring }: Rows, messageId: string | null = null): Promise<void> {
  const messages = await db.query<MessageRow>(
    `select ${messageColumns} from messages where $1::uuid is null or id = $1`,
    [messageId],
  )
  for (const row of messages.rows) await write(db, 'messages', row.id, keyring.seal('message', messageValues(row)))
  const links = await db.query<LinkRow>(`select ${linkColumns} from links where $1::uuid is null or message_id = $1`, [
    messageId,
  ])
  for (const row of links.rows) await write(db, 'links', row.id, keyring.seal('link', linkValues(row)))
  if (messageId !== null) return
  const sessions = await db.query<Parameters<typeof sessionValues>[0]>(`select ${sessionColumns} from sessions`)
  for (const row of sessions.rows) {
    const { linkKeyId, mac } = keyring.seal('session', sessionValues(row))
    await db.query('update sessions set link_key_id = $2, mac = $3 where id_hash = $1', [row.idHash, linkKeyId, mac])
  }
}

async function write(db: Queryable, table: string, id: string, { linkKeyId, mac }: ReturnType<Keyring['seal']>) {
  await db.query(`update ${table} set link_key_id = $2, mac = $3 where id = $1`, [id, linkKeyId, mac])
}
