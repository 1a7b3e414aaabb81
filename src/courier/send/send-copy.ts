import { Readable } from 'node:stream'
import { Failure } from '#failure.ts'
import type { NextHop, NextHopSession, Reply } from '#next-hop/next-hop.ts'
import { keywordOf } from '#next-hop/parameters.ts'

/** One mail for one recipient. */
export interface OutgoingMail {
  sender: string
  parameters: string[]
  recipient: string
  recipientParameters: string[]
  bytes: AsyncIterable<Buffer>
}

/** What the next hop made of a mail: has it, wants it later, or refuses it for good. `reply` is its own answer. */
export interface Outcome {
  result: 'sent' | 'later' | 'refused'
  reply: string
}

/**
 * Hands one mail to the next hop. Outages are `later`. Errors of the mail's own bytes (the object storage is away,
 * an object is damaged) are thrown; the next hop keeps nothing then.
 */
export async function sendCopy(nextHop: NextHop, mail: OutgoingMail): Promise<Outcome> {
  let session: NextHopSession | undefined
  try {
    session = await nextHop.open()
    return await transact(session, mail)
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'OBJECTS_AWAY') throw error
    return { result: error.again ? 'later' : 'refused', reply: error.message }
  } finally {
    session?.release()
  }
}

async function transact(session: NextHopSession, mail: OutgoingMail): Promise<Outcome> {
  const begun = await session.mail(mail.sender, parametersOfCopy(mail.parameters))
  if (begun.code >= 300) return outcomeOf(begun)
  const accepted = await session.rcpt(mail.recipient, mail.recipientParameters)
  if (accepted.code >= 300) return outcomeOf(accepted)
  return outcomeOf(await session.data(Readable.from(mail.bytes, { objectMode: false, highWaterMark: 256 * 1024 })))
}

/** A copy has another size than the mail had, and a link block in it may have 8-bit letters. */
function parametersOfCopy(parameters: string[]): string[] {
  return [...parameters.filter(parameter => !['SIZE', 'BODY'].includes(keywordOf(parameter))), 'BODY=8BITMIME']
}

function outcomeOf(reply: Reply): Outcome {
  const text = withoutTokens(`${reply.code} ${reply.lines.join(' ')}`.trim())
  if (reply.code < 300) return { result: 'sent', reply: text }
  return { result: reply.code >= 500 ? 'refused' : 'later', reply: text }
}

/** A next hop may quote what it dislikes, and a link is a secret: it must reach neither log nor database. */
function withoutTokens(reply: string): string {
  return reply.replace(/\/l\/[\w-]{20,}/g, '/l/…')
}
