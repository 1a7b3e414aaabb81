import { join } from 'node:path'
import { openMaildirNextHop } from '#next-hop/maildir-next-hop.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import { openSmtpNextHop } from '#next-hop/smtp-next-hop.ts'
import type { Settings } from '#settings/schema.ts'

/**
 * The next hop that the settings name: an MTA, to which we are `hostname`, or a Maildir, by default `outbox` in the
 * data folder. Nothing is connected yet. Throws at once when a CA file cannot be used.
 */
export function openNextHop(settings: Settings['nextHop'], dataFolder: string, hostname: string): NextHop {
  if (settings.kind === 'smtp') return openSmtpNextHop(settings, hostname)
  return openMaildirNextHop(settings.path ?? join(dataFolder, 'outbox'), hostname)
}
