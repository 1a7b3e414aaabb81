import { logIn, type Credentials, type LoginDeps } from '#directory/throttled-login.ts'
import { Failure, isFailure } from '#failure.ts'
import type { Account } from '#model.ts'
import { makeLoginThrottle } from './login-throttle.ts'

export type LogIn = (credentials: Credentials) => Promise<Account>

/**
 * Logs in over SMTP, by the limits that the portal shares. Unmarked mail needs no database, and so does not its sender:
 * while the database is away, this process counts by itself, and knows again those who have logged in to it before.
 */
export function makeLogIn(withoutDoor: Omit<LoginDeps, 'door'>): LogIn {
  const deps: LoginDeps = { ...withoutDoor, door: 'smtp' }
  const throttle = makeLoginThrottle(deps.limits)
  const logInAlone: LogIn = async ({ login, password, address }) => {
    const attempt = throttle.begin(login, address)
    const account = await deps.directory.authenticate(login, password).catch((error: unknown) => {
      attempt.forget()
      throw error
    })
    if (!account) throw new Failure('LOGIN_WRONG')
    attempt.succeeded()
    return account
  }
  return async credentials => {
    const account = await logIn(deps, credentials).catch((error: unknown) => {
      if (isFailure(error, 'DATABASE_AWAY')) return logInAlone(credentials)
      throw error
    })
    throttle.remember(credentials.login, credentials.address)
    return account
  }
}
