import type { Logger } from 'pino'
import { openLog } from '#observe/log.ts'
import { openParts } from '#parts.ts'
import { startRoles, type Role } from '#roles.ts'
import { loadSettings } from '#settings/load-settings.ts'
import type { Settings } from '#settings/schema.ts'

const lingerMs = 2000
/** For closing what the roles were working with. */
const graceSeconds = 5

/** `kuvert serve`: runs the roles until SIGTERM or SIGINT, then finishes what is in flight. */
export async function runServe(options: { configFile: string | undefined; roles: string[] }): Promise<number> {
  const loaded = await loadSettings(options.configFile)
  const settings = options.configFile === undefined ? embedded(loaded) : loaded
  const log = openLog(settings.log.level)
  if (options.configFile === undefined)
    log.info({ dataFolder: settings.dataFolder }, 'no configuration: using the embedded defaults')
  // Heard from the first moment, so that whatever has been started by then is stopped again.
  let stopped = false
  const stopping = stopSignal().then(() => (stopped = true))
  const parts = await openParts(settings, log)
  try {
    if (!stopped) {
      const running = await startRoles(parts, options.roles as Role[])
      log.info({ roles: options.roles, ...running.addresses }, 'Kuvert is running')
      await stopping
      log.info('Kuvert is stopping')
      cutAfter((settings.stopSeconds + graceSeconds) * 1000, log)
      await running.close()
    }
  } finally {
    await parts.close()
  }
  log.info('Kuvert has stopped')
  // A line to a server that is gone may linger; nothing waits for it.
  setTimeout(() => process.exit(), lingerMs).unref()
  return 0
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
