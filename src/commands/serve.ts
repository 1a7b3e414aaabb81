import type { Logger } from 'pino'
import { describeConfigFile } from './config-file.ts'
import { explainError } from './explain-error.ts'
import { openLog } from '#observe/log.ts'
import { openDependencies } from '#dependencies.ts'
import type { Role } from '#model.ts'
import { startRoles } from '#roles.ts'
import { loadSettings } from '#settings/load-settings.ts'
import type { Settings } from '#settings/schema.ts'

const lingerMs = 2000
/** For closing what the roles were working with. */
const graceSeconds = 5

/**
 * `kuvert serve`: runs the roles until SIGTERM or SIGINT, then finishes what is in flight. Everything that it says, it logs.
 * 1 if it cannot start. Throws `SettingsError`.
 */
export async function runServe({ configFile, roles }: { configFile: string | undefined; roles: Role[] }) {
  const loaded = await loadSettings(configFile, roles)
  const settings = configFile === undefined ? embedded(loaded) : loaded
  const log = openLog(settings.log.level)
  log.info({ configuration: describeConfigFile(configFile), dataFolder: settings.dataFolder }, 'Kuvert is starting')
  try {
    await serve(settings, roles, log)
  } catch (error) {
    const sentence = explainError(error)
    if (sentence === undefined) log.fatal({ err: error }, 'Kuvert has ended')
    else log.fatal(sentence)
    return 1
  }
  log.info('Kuvert has stopped')
  // A line to a server that is gone may linger; nothing waits for it.
  setTimeout(() => process.exit(), lingerMs).unref()
  return 0
}

async function serve(settings: Settings, roles: Role[], log: Logger): Promise<void> {
  // Heard from the first moment, so that whatever has been started by then is stopped again.
  let stopped = false
  const stopping = stopSignal().then(() => (stopped = true))
  const deps = await openDependencies(settings, log)
  try {
    if (stopped) return
    const running = await startRoles(deps, roles)
    log.info({ roles, ...running.addresses }, 'Kuvert is running')
    await stopping
    log.info('Kuvert is stopping')
    cutAfter((settings.stopSeconds + graceSeconds) * 1000, log)
    await running.close()
  } finally {
    await deps.close()
  }
}

/** What has not ended by then is cut off. Nothing is lost by it, no more than by losing power. */
function cutAfter(milliseconds: number, log: Logger): void {
  setTimeout(() => {
    log.warn('Kuvert has been stopped in the middle of its work')
    process.exit()
  }, milliseconds).unref()
}

/** To try things out: whoever is on this machine may send. It listens here only, and mail goes to a folder. */
function embedded(settings: Settings): Settings {
  return { ...settings, gateway: { ...settings.gateway, trustedNetworks: ['127.0.0.1/32', '::1/128'] } }
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise(resolve => {
    const stop = () => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop)
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
  })
}
