import type { LdapEntry } from './ldap-search.ts'

/** How an entry tells whether its account is in use. */
export interface AccountState {
  /** What must be read of the entry to know. */
  attributes: string[]
  /** Why the account counts for nothing now, for the admin; undefined where it is in use. */
  whyUnused(entry: LdapEntry): string | undefined
}

/** LDAP has no common way to disable an account: which are in use is for the admin's filter. */
export const inUseWhereFound: AccountState = { attributes: [], whyUnused: () => undefined }

/**
 * Active Directory: disabled, or past its date. Whatever the admin's filter says, so that none can forget it; an
 * account whose state the searcher may not read is not in use either.
 */
export const activeDirectoryState: AccountState = {
  attributes: ['userAccountControl', 'accountExpires'],
  whyUnused: entry => {
    const [control] = entry.values('userAccountControl')
    const [expires = '0'] = entry.values('accountExpires')
    if (control === undefined) return 'whoever searches may not read its userAccountControl'
    if (Number(control) & disabledBit) return 'it is disabled'
    return Number(expires) === never || toTime(expires) > Date.now() ? undefined : 'it has expired'
  },
}

// ADS_UF_ACCOUNTDISABLE of [MS-ADTS] section 2.2.16.
const disabledBit = 2
// The other way to write it is the greatest number, which is a time to come.
const never = 0
const ticksPerMs = 10_000
const msFrom1601To1970 = 11_644_473_600_000

/** Milliseconds since 1970 of a FILETIME: ticks of 100 ns since 1601. */
function toTime(ticks: string): number {
  return Number(ticks) / ticksPerMs - msFrom1601To1970
}
