import type { Logger } from 'pino'
import { admitByAll, makeFloodGuard } from '#audit/flood-guard.ts'
import { record, type NewAuditEntry } from '#database/audit.ts'
import type { Database } from '#database/database.ts'
import { wasEverLogin } from '#database/portal-audit.ts'
import { addressKey } from '#platform/address-key.ts'
import { canonical } from '#mail/address.ts'
import type { Credentials } from '#directory/throttled-login.ts'
import { isFailure } from '#failure.ts'
import type { LogIn } from '#gateway/commands/log-in.ts'

/** From one address, and from all: beyond it they are only counted. */
const failuresPerMinute = 120
const failuresOfAllPerMinute = 600

/**
 * The same login, recorded. Nobody waits for that: unmarked mail needs no database, and a login by itself hands out nothing;
 * what it seals is recorded with the message. Neither audit nor log ever holds what was typed as a name, unless it is one that
 * somebody has logged in by: people type passwords there.
 */
export function auditLogins({ db, log }: { db: Database; log: Logger }, logIn: LogIn): LogIn {
  const failures = makeFloodGuard(failuresPerMinute)
  const failuresOfAll = makeFloodGuard(failuresOfAllPerMinute)
  const note = (entry: NewAuditEntry) =>
    record(db, entry).catch((error: unknown) => log.warn({ err: error }, 'a login over SMTP was not recorded'))

  const noteFailure = async (code: string, { login, address }: Credentials) => {
    const guards: Parameters<typeof admitByAll>[0] = [
      [failures, addressKey(address)],
      [failuresOfAll, code],
    ]
    const heldBack = admitByAll(guards)
    if (heldBack === null) return
    const known = await nameToTell(db, login)
    log.info({ code, address, ...known }, 'a login over SMTP failed')
    const details = { code, by: 'smtp', ...known, ...(heldBack > 0 && { unrecorded: heldBack }) }
    await note({ action: 'login-failed', address, details })
  }
  return async credentials => {
    const { login, address } = credentials
    try {
      const account = await logIn(credentials)
      const details = { login: canonical(login), by: 'smtp' }
      void note({ action: 'login', actor: `account:${account.id}`, address, details })
      return account
    } catch (error) {
      if (isFailure(error) && error.edges.group === 'login') void noteFailure(error.code, credentials)
      throw error
    }
  }
}

/** The name, if somebody has ever logged in by it; none while the database cannot say. */
async function nameToTell(db: Database, login: string): Promise<{ login?: string }> {
  const name = canonical(login)
  if (name.includes('\0')) return {}
  const isKnown = await wasEverLogin(db, name).catch(() => false)
  return isKnown ? { login: name } : {}
}
