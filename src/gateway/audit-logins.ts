import type { Logger } from 'pino'
import { makeFloodGuard } from '#audit/flood-guard.ts'
import { record, type NewAuditEntry } from '#database/audit.ts'
import type { Database } from '#database/database.ts'
import { wasEverLogin } from '#database/portal-audit.ts'
import { addressKey } from '#directory/address-key.ts'
import { canonical } from '#directory/spelling.ts'
import type { Credentials } from '#directory/throttled-login.ts'
import { isFailure } from '#failure.ts'
import type { LogIn } from './receive/log-in.ts'

/** From one address: beyond it they are only counted. */
const failuresPerMinute = 120

/**
 * The same login, recorded. Nobody waits for that: unmarked mail needs no database, and a login by itself hands out nothing;
 * what it seals is recorded with the message.
 */
export function auditLogins({ db, log }: { db: Database; log: Logger }, logIn: LogIn): LogIn {
  const failures = makeFloodGuard(failuresPerMinute)
  const note = (entry: () => Promise<NewAuditEntry>) => {
    const noted = entry().then(entered => record(db, entered))
    noted.catch((error: unknown) => log.warn({ err: error }, 'a login over SMTP was not recorded'))
  }
  return async credentials => {
    const { login, address } = credentials
    try {
      const account = await logIn(credentials)
      const details = { login: canonical(login), by: 'smtp' }
      note(async () => ({ action: 'login', actor: `account:${account.id}`, address, details }))
      return account
    } catch (error) {
      const heldBack = isFailure(error) && error.code.startsWith('LOGIN_') ? failures.admit(addressKey(address)) : null
      if (heldBack !== null && isFailure(error))
        note(() => failedEntry(db, credentials, { code: error.code, heldBack }))
      throw error
    }
  }
}

async function failedEntry(
  db: Database,
  { login, address }: Credentials,
  { code, heldBack }: { code: string; heldBack: number },
): Promise<NewAuditEntry> {
  const name = canonical(login)
  // What nobody has ever logged in by may be a password.
  const known = !name.includes('\0') && (await wasEverLogin(db, name)) ? { login: name } : {}
  const details = { code, by: 'smtp', ...known, ...(heldBack > 0 && { unrecorded: heldBack }) }
  return { action: 'login-failed', address, details }
}
