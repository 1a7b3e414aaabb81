import { stringify } from 'yaml'
import { describeConfigFile } from '#commands/config-file.ts'
import { loadSettings } from '#settings/load-settings.ts'
import { redactSettings } from '#settings/redact.ts'

/**
 * Prints the effective settings, secrets hidden. Throws `SettingsError` with everything that is wrong.
 */
export async function runCheckConfig(options: { configFile: string | undefined }): Promise<number> {
  const settings = await loadSettings(options.configFile)
  console.log(`# The configuration is fine: ${describeConfigFile(options.configFile)}`)
  console.log('# What counts, defaults included; secrets are hidden.')
  console.log(stringify(redactSettings(settings), { lineWidth: 0 }).trimEnd())
  return 0
}
