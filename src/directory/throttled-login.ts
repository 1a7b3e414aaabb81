import type { Database } from '#database/database.ts'
import { beginLoginAttempt, settleLoginAttempt, type LoginLimit } from '#database/login-failures.ts'
import { addressKey } from '#directory/address-key.ts'
import type { Directory } from '#directory/directory.ts'
import { canBeRight, canonical } from '#directory/spelling.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'

/** What a login is checked with. The limits are shared by all doors and nodes, through the database. */
export interface LoginParts {
  db: Database
  directory: Pick<Directory, 'authenticate'>
  limits: { failedLogins: number; failedLoginsPerAddress: number; failedLoginMinutes: number }
}

/** What was typed, and from where. */
export interface Credentials {
  login: string
  password: string
  address: string
}

/**
 * The account whose login and password these are. Throws `LOGIN_WRONG`; `LOGIN_THROTTLED`, before the directory is
 * asked about the password, so that guessing locks nobody out; and `DIRECTORY_AWAY`, which counts as no failure. An
 * account with several logins has one limit for all of them, as it has in the directory.
 */
export async function logIn({ db, directory, limits }: LoginParts, credentials: Credentials): Promise<Account> {
  const { login, password, address } = credentials
  if (!canBeRight(login, password)) throw new Failure('LOGIN_WRONG')
  const { failedLogins: max, failedLoginsPerAddress, failedLoginMinutes } = limits
  const attempts: { attempt: string; key: string }[] = []
  const begin = async (key: string, ...others: LoginLimit[]) => {
    const begun = await beginLoginAttempt(db, [{ key, max }, ...others], failedLoginMinutes)
    if ('waitMinutes' in begun) throw new Failure('LOGIN_THROTTLED', { minutes: begun.waitMinutes })
    attempts.push({ attempt: begun.attempt, key })
  }
  const settle = async (cleared: boolean) => {
    for (const { attempt, key } of attempts) await settleLoginAttempt(db, attempt, cleared ? key : undefined)
  }
  await begin(`account:${canonical(login)}`, { key: addressKey(address), max: failedLoginsPerAddress })

  // What is thrown while the directory is being asked would be taken for the directory's own trouble.
  let refused: { because: unknown } | undefined
  const mayTry = (id: string) =>
    begin(`id:${id}`).then(
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
  return account
}
