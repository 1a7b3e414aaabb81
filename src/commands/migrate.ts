import { migrateAt } from '#database/migrate.ts'
import { loadSettings } from '#settings/load-settings.ts'

/** Brings the configured PostgreSQL up to date, and says what it ran. */
export async function runMigrate(options: { configFile: string | undefined }): Promise<number> {
  const { database } = await loadSettings(options.configFile)
  if (database.kind === 'embedded') {
    // Starting it here would mean stopping it here, perhaps below a Kuvert that runs.
    console.log('The embedded database needs no migrating: kuvert serve does it when it starts.')
    return 0
  }
  const names = await migrateAt(database, error => console.error(error.message))
  for (const name of names) console.log(`Ran ${name}`)
  if (names.length === 0) console.log('The database is up to date.')
  return 0
}
