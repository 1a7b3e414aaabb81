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
}
