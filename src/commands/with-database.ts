import { resolve } from 'node:path'
import { openDatabase, type Database } from '#database/database.ts'
import { startEmbeddedPostgres } from '#database/embedded-postgres.ts'
import { loadSettings } from '#settings/load-settings.ts'

const embeddedLimits = { maxConnections: 2, timeoutSeconds: 60 }

/** Runs a command on the configured database and returns its exit code. Throws if the database cannot be used. */
export async function withDatabase(
  configFile: string | undefined,
  work: (db: Database) => Promise<number>,
): Promise<number> {
  const { database, dataFolder } = await loadSettings(configFile)
  // An embedded one that is running is shared; else it runs for as long as this takes.
  const embedded =
    database.kind === 'embedded'
      ? await startEmbeddedPostgres({ folder: resolve(dataFolder), port: database.port })
      : null
  const settings = database.kind === 'embedded' ? { url: embedded!.url, ...embeddedLimits } : database
  const db = openDatabase(settings, error => console.error(error.message))
  try {
    return await work(db)
  } finally {
    await db.close()
    await embedded?.stop()
  }
}
