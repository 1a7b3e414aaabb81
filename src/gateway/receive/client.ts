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

/** Thrown where it would be wrong to go on without the client. */
export class ClientGone extends Error {
  /** As the SMTP library has it where the client goes away in the middle of a mail. */
  readonly code = clientGoneCode
}

const clientGoneCode = 'ECONNECTION'

/** Whether an error only says that the client has gone. */
export function isClientGone(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === clientGoneCode
}
