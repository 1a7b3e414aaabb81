import type { Outsider } from '#database/sessions.ts'
import type { Account } from '#model.ts'

/** Whoever sent a request: their session, and the account or the outsider that is logged in. */
export interface Visitor {
  /** What is stored of the session's id; null without a session. */
  sessionHash: Buffer | null
  /** Whether they had a session that has ended: its time came, or its account is gone. */
  wasLoggedOut: boolean
  /** To greet with. Null for somebody who is not logged in with an account. */
  accountName: string | null
  /** Somebody who is logged in to one link, with a code; null for anybody else. */
  outsider: Outsider | null
  /**
   * The account as the directory has it, at most a minute old; null for somebody who is not logged in with one,
   * or whose account is gone. Throws `Failure('DIRECTORY_AWAY')`. It is asked only where the answer depends on it.
   */
  account(): Promise<Account | null>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the request is authenticated, for the pages that tell of a failure. */
    visitor: Visitor | null
  }
}
