import { stringify } from 'yaml'
import { describeConfigFile } from './config-file.ts'
import type { Role } from '#model.ts'
import { loadSettings } from '#settings/load-settings.ts'
import { redactSettings } from '#settings/redact.ts'

/**
 * Prints the effective settings, secrets hidden. Throws `SettingsError` with everything that is wrong, also for these roles.
 */
export async function runCheckConfig({ configFile, roles }: { configFile: string | undefined; roles: Role[] }) {
  const settings = await loadSettings(configFile, roles)
  console.log(`# The configuration is fine: ${describeConfigFile(configFile)}`)
  console.log('# What counts, defaults included; secrets are hidden.')
  console.log(stringify(redactSettings(settings), { lineWidth: 0 }).trimEnd())
  return 0
}
