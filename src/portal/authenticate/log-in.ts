import { beginLoginAttempt, settleLoginAttempt } from '#database/login-failures.ts'
import { canBeRight, canonical } from '#directory/spelling.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'
import type { PortalParts } from '#portal/portal-parts.ts'
import { addressKey } from './address-key.ts'

type Parts = Pick<PortalParts, 'db' | 'directory' | 'settings'>

/** What was typed, and from where. */
export interface Credentials {
  login: string
  password: string
  address: string
}

/**
 * The account whose login and password these are. Throws `LOGIN_WRONG`; `LOGIN_THROTTLED`, before the directory is
 * asked, so that it locks nobody out; and `DIRECTORY_AWAY`, which counts as no failure.
 */
export async function logIn({ db, directory, settings }: Parts, credentials: Credentials): Promise<Account> {
  const { login, password, address } = credentials
  if (!canBeRight(login, password)) throw new Failure('LOGIN_WRONG')
  const { failedLogins, failedLoginsPerAddress, failedLoginMinutes } = settings.limits
  const accountKey = `account:${canonical(login)}`
  const limits = [
    { key: accountKey, max: failedLogins },
    { key: addressKey(address), max: failedLoginsPerAddress },
  ]
  const begun = await beginLoginAttempt(db, limits, failedLoginMinutes)
  if ('waitMinutes' in begun) throw new Failure('LOGIN_THROTTLED', { minutes: begun.waitMinutes })
  const account = await ask(directory, login, password, () => settleLoginAttempt(db, begun.attempt))
  if (!account) throw new Failure('LOGIN_WRONG')
  await settleLoginAttempt(db, begun.attempt, accountKey)
  return account
}

async function ask(
  directory: Parts['directory'],
  login: string,
  password: string,
  uncount: () => Promise<void>,
): Promise<Account | null> {
  try {
    return await directory.authenticate(login, password)
  } catch (error) {
    await uncount()
    throw error
  }
}
