import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { Failure } from '#failure.ts'
import { createConnectionPool } from './connection-pool.ts'
import type { NextHop } from './next-hop.ts'
import { connectSmtp, type SmtpTarget } from './smtp-connection.ts'
import { createSmtpSession } from './smtp-session.ts'
import type { Settings } from '#settings/schema.ts'

/** Of one host. */
export type SmtpSettings = Omit<Extract<Settings['nextHop'], { kind: 'smtp' }>, 'fallbackHosts'>

/**
 * An MTA as the next hop (RFC 5321). Nothing is connected yet; connections are kept for the next mail, at most
 * `settings.connections` of them. `ehloName` is how we name ourselves. Throws at once when the CA file cannot be
 * used. `warn` hears in a sentence when mail goes in clear because TLS failed.
 */
export function openSmtpNextHop(settings: SmtpSettings, ehloName: string, warn: (sentence: string) => void): NextHop {
  if (/[^!-~]|^$/.test(ehloName)) throw new Error(`This is no name to say EHLO with: ${JSON.stringify(ehloName)}`)
  const secureContext = createSecureContext(settings.ca === undefined ? {} : { ca: readFileSync(settings.ca) })
  const target: SmtpTarget = { ...settings, secureContext, ehloName, warn }
  const pool = createConnectionPool(settings.connections)
  const context = { pool, connect: () => connectSmtp(target), timeoutSeconds: settings.timeoutSeconds }
  let closed = false
  return {
    open: async () => {
      if (closed) throw new Failure('NEXT_HOP_AWAY', {}, { cause: new Error('The next hop was closed by us.') })
      return createSmtpSession(pool.take() ?? (await context.connect()), context)
    },
    close: async () => {
      closed = true
      await pool.close()
    },
  }
}
