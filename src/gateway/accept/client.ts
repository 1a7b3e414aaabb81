import type { Account, EnvelopeRecipient } from '#model.ts'
import type { NextHopSession } from '#next-hop/next-hop.ts'

/** Who is at the other end of an SMTP connection. */
export interface Client {
  remoteAddress: string
  /** What it called itself in HELO or EHLO. */
  greeting: string
  /** For the Received field: ESMTP, ESMTPS, ESMTPSA … */
  protocol: string
  /** Logged in; null for an MTA of a trusted network. */
  account: Account | null
}

/** A mail transaction: the envelope so far, and the same transaction with the next hop. */
export interface Transaction {
  id: string
  sender: string
  parameters: string[]
  recipients: EnvelopeRecipient[]
  nextHop: NextHopSession
  /** The client has gone: nobody hears the answer any more, and the mail will be sent again. */
  abandoned: boolean
}

/** What a listener knows of one connection. */
export interface Session {
  /** For logs, and the beginning of the ids of its mails. */
  id: string
  remoteAddress: string
  /** It stands in a network that may send without a login. */
  isTrusted: boolean
  /** What it called itself; empty until it has said so, and again after STARTTLS. */
  greeting: string
  /** It said EHLO, not HELO. */
  extended: boolean
  encrypted: boolean
  account: Account | null
  mail: Transaction | undefined
  /** Mails that were begun. */
  mails: number
}

/** Thrown where it would be wrong to go on without the client. */
export class ClientGone extends Error {}
