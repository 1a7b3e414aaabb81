import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { openDatabase, type Database } from '#database/database.ts'
import { databaseUrl } from './postgres-server.ts'

/** A migrated, empty database of its own, cloned from the template; `drop` closes and removes it. */
export async function freshDatabase(): Promise<{ url: string; db: Database; drop: () => Promise<void> }> {
  const serverUrl = inject('postgresUrl')
  const name = `kuvert_${randomBytes(6).toString('hex')}`
  await asAdmin(serverUrl, `create database ${name} template kuvert_template`)
  const url = databaseUrl(serverUrl, name)
  const db = openDatabase({ url, maxConnections: 10, timeoutSeconds: 10 }, () => undefined)
  return {
    url,
    db,
    drop: async () => {
      await db.close()
      await asAdmin(serverUrl, `drop database if exists ${name} with (force)`)
    },
  }
}

async function asAdmin(serverUrl: string, sql: string): Promise<void> {
  const admin = openDatabase({ url: serverUrl, maxConnections: 1, timeoutSeconds: 30 }, () => undefined)
  await admin.query(sql)
  await admin.close()
}
