import type { Account } from '#model.ts'

/**
 * The directory: LDAP, Active Directory, or a YAML file. Every method throws
 * `Failure('DIRECTORY_AWAY')` when the directory cannot be asked; it never answers "wrong" for "away".
 */
export interface Directory {
  /**
   * The account whose login and password these are, or null. Whoever calls it throttles first. An empty
   * password is always wrong, without asking.
   */
  authenticate(login: string, password: string): Promise<Account | null>
  /** The account by its `id`, as it is now; null when it is gone or disabled. */
  findById(id: string): Promise<Account | null>
  /** Of these addresses (any case), those that belong to an account, a shared mailbox or a group; as given. */
  findLocals(addresses: string[]): Promise<Set<string>>
  /** Resolves if the directory can be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}
