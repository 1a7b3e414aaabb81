import { ResultCodeError } from 'ldapts'

// Result codes of RFC 4511 appendix A.
const strongerAuthRequired = 8
const invalidCredentials = 49

/**
 * Answers to a login that mean "no": no such object, inappropriate authentication, invalid credentials; and, for
 * accounts that are locked or must do something first: stronger authentication, constraint violation, insufficient
 * access, unwilling to perform.
 */
const refusals = new Set([32, 48, invalidCredentials, strongerAuthRequired, 19, 50, 53])

/** What Active Directory adds to "invalid credentials", in hexadecimal: Windows' system error codes. */
const activeDirectoryReasons: ReadonlyMap<string, string> = new Map([
  ['525', 'it does not exist any more'],
  ['52f', 'a restriction of the account forbids it'],
  ['530', 'it may not log in at this hour'],
  ['531', 'it may not log in from this computer'],
  ['532', 'its password has expired'],
  ['533', 'it is disabled'],
  ['534', 'it has no right to log in in this way'],
  ['568', 'it is in too many groups'],
  ['569', 'it has no right to log in in this way'],
  ['701', 'it has expired'],
  ['773', 'its password must be changed first'],
  ['775', 'it is locked out after too many wrong passwords'],
])
const wrongPassword = '52e'

/**
 * Whether an error is the server's "no" to somebody's login. Active Directory also says "invalid credentials" when
 * something is wrong with itself; that is not one.
 */
export function isRefusal(error: unknown): error is ResultCodeError {
  if (!(error instanceof ResultCodeError) || !refusals.has(error.code)) return false
  const subCode = subCodeOf(error)
  return subCode === undefined || subCode === wrongPassword || activeDirectoryReasons.has(subCode)
}

/**
 * Why a server did not let an account log in, for the admin, as what follows "cannot log in:"; undefined where
 * the password is wrong, or the server does not say.
 */
export function whyRefused(error: ResultCodeError): string | undefined {
  if (error.code === strongerAuthRequired) {
    return `the server only takes passwords over TLS: use ldaps://, or startTls: true (${error.message})`
  }
  if (error.code !== invalidCredentials) return error.message
  const subCode = subCodeOf(error)
  if (subCode === undefined || subCode === wrongPassword) return undefined
  return `${activeDirectoryReasons.get(subCode) ?? error.message} (${subCode})`
}

function subCodeOf({ code, message }: ResultCodeError): string | undefined {
  return code === invalidCredentials ? /\bdata ([\da-f]+)\b/i.exec(message)?.[1]?.toLowerCase() : undefined
}
