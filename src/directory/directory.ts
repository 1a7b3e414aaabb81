import type { Account } from '#model.ts'

/**
 * The directory: LDAP, Active Directory, or a YAML file. Every method but `close` throws
 * `Failure('DIRECTORY_AWAY')` when the directory cannot be asked, with a cause for the admin; it never answers
 * "wrong" or "unknown" for "away". Logins, ids and addresses are compared in any case.
 */
export interface Directory {
  /**
   * The account whose login and password these are, or null. Whoever calls it throttles first. A login or
   * password that is empty, blank or contains NUL is always wrong, without asking.
   */
  authenticate(
    login: string,
    password: string,
    /** Asked with the account's id before its password is tried; where it says no, the answer is null. */
    mayTry?: (id: string) => Promise<boolean>,
  ): Promise<Account | null>
  /** The account by its `id`, as it is now; null when it is gone or disabled. */
  findById(id: string): Promise<Account | null>
  /** Of these addresses (any case), those that belong to an account, a shared mailbox or a group; as given. */
  findLocals(addresses: string[]): Promise<Set<string>>
  /** Resolves if the directory can be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Told, in one sentence, what the admin should know but no peer may hear: an ambiguous login, a server that is away. */
export type OnNotice = (sentence: string) => void
