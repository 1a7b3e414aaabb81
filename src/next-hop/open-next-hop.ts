import { join } from 'node:path'
import { openFailOver } from './fail-over.ts'
import { fitExtensions } from './fit-extensions.ts'
import { openMaildirNextHop } from './maildir-next-hop.ts'
import type { NextHop } from './next-hop.ts'
import { openSmtpNextHop } from './smtp-next-hop.ts'
import type { Settings } from '#settings/schema.ts'

/**
 * The next hop that the settings name: one or several MTAs, to which we are `hostname`, or a Maildir, by default
 * `outbox` in the data folder. Nothing is connected yet. Throws at once when a CA file cannot be used. `warn` hears,
 * in sentences, what the admin should know.
 */
export function openNextHop(
  settings: Settings['nextHop'],
  dataFolder: string,
  hostname: string,
  warn: (sentence: string) => void,
): NextHop {
  if (settings.kind === 'maildir') return openMaildirNextHop(settings.path ?? join(dataFolder, 'outbox'), hostname)
  const { fallbackHosts, ...common } = settings
  const open = (host: string) => fitExtensions(openSmtpNextHop({ ...common, host }, hostname, warn))
  if (fallbackHosts.length === 0) return open(settings.host)
  const hops = [settings.host, ...fallbackHosts].map(host => ({ name: host, hop: open(host) }))
  return openFailOver(hops, warn)
}
