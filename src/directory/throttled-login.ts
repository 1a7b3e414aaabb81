import type { Database } from '#database/database.ts'
import { beginLoginAttempt, settleLoginAttempt, type LoginLimit } from '#database/login-failures.ts'
import { findKnownPlace, rememberPlaces } from '#database/login-places.ts'
import { addressKey } from '#platform/address-key.ts'
import type { Directory } from './directory.ts'
import { canBeRight, canonical } from '#mail/address.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'

/** What a login is checked with. The limits are shared by all nodes, through the database. */
export interface LoginDeps {
  db: Database
  directory: Pick<Directory, 'authenticate'>
  limits: { failedLogins: number; failedLoginsPerAddress: number; failedLoginMinutes: number }
  /** Each door counts by itself, so that what a stranger does at one closes no other. */
  door: 'smtp' | 'portal'
}

/** What was typed, and from where. */
export interface Credentials {
  login: string
  password: string
  address: string
  /** What the browser is recognised by, if it has kept that from an earlier login. Only its hash, since it is stored. */
  deviceHash?: string | undefined
}

/**
 * The account whose login and password these are. Throws `LOGIN_WRONG`; `LOGIN_THROTTLED`, before the directory is
 * asked about the password, so that guessing locks nobody out; and `DIRECTORY_AWAY`, which counts as no failure. An
 * account with several logins has one limit for all of them, as it has in the directory.
 *
 * A place (a client address or browser) from which the account has logged in before has a limit of its own. All other places
 * share one: strangers use that up for each other, and for nobody else.
 */
export async function logIn({ db, directory, limits, door }: LoginDeps, credentials: Credentials): Promise<Account> {
  const { login, password, address, deviceHash } = credentials
  if (!canBeRight(login, password)) throw new Failure('LOGIN_WRONG')
  const { failedLogins: max, failedLoginsPerAddress, failedLoginMinutes } = limits
  const name = `account:${canonical(login)}`
  const places = [...(deviceHash === undefined ? [] : [`device:${deviceHash}`]), addressKey(address)]
  const attempts: { attempt: string; key: string }[] = []
  const begin = async (who: string, ...others: LoginLimit[]) => {
    const place = await findKnownPlace(db, who, places)
    const key = place === null ? `${door} ${who}` : `${door} ${who} ${place}`
    const begun = await beginLoginAttempt(db, [{ key, max }, ...others], failedLoginMinutes)
    if ('waitMinutes' in begun) throw new Failure('LOGIN_THROTTLED', { minutes: begun.waitMinutes })
    attempts.push({ attempt: begun.attempt, key })
  }
  const settle = async (cleared: boolean) => {
    for (const { attempt, key } of attempts) await settleLoginAttempt(db, attempt, cleared ? key : undefined)
  }
  await begin(name, { key: `${door} ${addressKey(address)}`, max: failedLoginsPerAddress })

  // What is thrown while the directory is being asked would be taken for the directory's own trouble.
  let refused: { because: unknown } | undefined
  // For nobody, the same is done as for somebody: otherwise the time would tell who has an account.
  const mayTry = (id: string | null) =>
    begin(id === null ? `nobody:${canonical(login)}` : `id:${id}`).then(
      () => true,
      (because: unknown) => {
        refused = { because }
        return false
      },
    )
  const account = await directory.authenticate(login, password, mayTry).catch(async (error: unknown) => {
    await settle(false)
    throw error
  })
  if (refused) throw refused.because
  if (!account) throw new Failure('LOGIN_WRONG')
  await settle(true)
  await rememberPlaces(db, [name, `id:${account.id}`], places)
  return account
}
