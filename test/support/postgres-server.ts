import { mkdtemp, rm, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '#database/database.ts'
import { startEmbeddedPostgres } from '#database/embedded-postgres.ts'
import { migrate } from '#database/migrate.ts'

/** One PostgreSQL for the whole run, with the database `kuvert_template` migrated. Returns the URL of `postgres`. */
export async function startTestPostgres(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-postgres-'))
  await chmod(folder, 0o755)
  const server = await startEmbeddedPostgres({
    folder,
    settings: { fsync: 'off', synchronous_commit: 'off', max_connections: '300' },
  })
  const admin = openDatabase({ url: server.url, maxConnections: 2, timeoutSeconds: 30 }, () => undefined)
  await admin.query('create database kuvert_template')
  await admin.close()
  const template = openDatabase(
    { url: databaseUrl(server.url, 'kuvert_template'), maxConnections: 2, timeoutSeconds: 30 },
    () => undefined,
  )
  await migrate(template)
  await template.close()
  return {
    url: server.url,
    stop: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same server, another database. */
export function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}
