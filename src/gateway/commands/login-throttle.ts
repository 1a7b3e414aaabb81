import { addressKey } from '#platform/address-key.ts'
import { Failure } from '#failure.ts'

interface ThrottleSettings {
  failedLogins: number
  failedLoginsPerAddress: number
  failedLoginMinutes: number
}

/** Counts failed logins in this process, so that guessing ends before the directory is asked. */
export interface LoginThrottle {
  /**
   * Counts an attempt as failed beforehand, so that many at once are counted too, or throws `LOGIN_THROTTLED`.
   * `succeeded` takes all failures back that were counted with it, `forget` just this one (the directory could not be asked).
   */
  begin(login: string, address: string): { succeeded(): void; forget(): void }
  /** The account has logged in from this address: its failures from there are counted apart from those of strangers. */
  remember(login: string, address: string): void
}

interface Count {
  failed: number
  since: number
}

/** More keys than this are not remembered: the oldest are forgotten first. */
const maxKeys = 100_000

export function makeLoginThrottle(settings: ThrottleSettings, now: () => number = Date.now): LoginThrottle {
  const counts = new Map<string, Count>()
  const known = new Set<string>()
  const windowMs = settings.failedLoginMinutes * 60_000

  const find = (key: string): Count => {
    const count = counts.get(key)
    return count && count.since + windowMs > now() ? count : { failed: 0, since: now() }
  }
  const require = (key: string, limit: number) => {
    const count = find(key)
    if (count.failed < limit) return
    throw new Failure('LOGIN_THROTTLED', { minutes: Math.ceil((count.since + windowMs - now()) / 60_000) })
  }
  const change = (key: string, by: number) => {
    const { failed, since } = find(key)
    counts.delete(key)
    if (failed + by > 0) counts.set(key, { failed: failed + by, since })
  }
  const accountOf = (login: string) => `account:${login.trim().toLowerCase().slice(0, 256)}`
  const placeOf = (login: string, address: string) => `${accountOf(login)} ${addressKey(address)}`
  return {
    remember(login, address) {
      const place = placeOf(login, address)
      known.delete(place)
      known.add(place)
      if (known.size > maxKeys) known.delete(known.values().next().value!)
    },
    begin(login, address) {
      const place = placeOf(login, address)
      const accountKey = known.has(place) ? place : accountOf(login)
      const from = addressKey(address)
      require(accountKey, settings.failedLogins)
      require(from, settings.failedLoginsPerAddress)
      change(accountKey, 1)
      change(from, 1)
      if (counts.size > maxKeys) counts.delete(counts.keys().next().value!)
      return {
        succeeded() {
          counts.delete(accountKey)
          change(from, -1)
        },
        forget() {
          change(accountKey, -1)
          change(from, -1)
        },
      }
    },
  }
}
