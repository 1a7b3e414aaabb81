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
    /**
     * Asked before a password is tried, with the account's id, or with null if there is no such account, so that both take
     * the same time. If it says no, the answer is null.
     */
    mayTry?: (id: string | null) => Promise<boolean>,
  ): Promise<Account | null>
  /** The account by its `id`, as it is now; null when it is gone or disabled. */
  findById(id: string): Promise<Account | null>
  /** Of these addresses (any case), those that belong to an account, a shared mailbox or a group; as given. */
  findLocals(addresses: string[]): Promise<Set<string>>
  /**
   * For suggestions while somebody types: accounts in use, shared mailboxes and groups that have an address, and of whose
   * name, id or addresses each word of the text begins one. At most `limit`; which ones of more, and in what order, is the
   * directory's to say. Some servers also take a for å.
   */
  search(text: string, limit: number): Promise<Addressee[]>
  /** Resolves if the directory can be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Somebody, or a mailbox, that a message can be sent to. */
export interface Addressee {
  /** Null where they have no name but their address. */
  name: string | null
  /** The primary one. */
  address: string
}

/** Told, in one sentence, what the admin should know but no peer may hear: an ambiguous login, a server that is away. */
export type OnNotice = (sentence: string) => void
