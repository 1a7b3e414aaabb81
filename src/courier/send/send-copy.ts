import { Readable } from 'node:stream'
import type { SendLimit } from './send-limit.ts'
import { Failure, isFailure } from '#failure.ts'
import type { NextHop, NextHopSession, Reply } from '#next-hop/next-hop.ts'
import { keywordOf } from '#next-hop/parameters.ts'
import type { Attempt } from '#database/deliveries.ts'
import type { DeliveryReason } from '#model.ts'
import { replyReason } from './reply-reason.ts'

/** One mail for one recipient. */
export interface OutgoingMail {
  sender: string
  parameters: string[]
  recipient: string
  recipientParameters: string[]
  bytes: AsyncIterable<Buffer>
}

/** The result of an attempt: the next hop has the mail, wants it later, or refuses it for good; or we have cut the line. */
export interface Outcome {
  result: 'sent' | 'later' | 'refused' | 'cut'
  /** Null if it is sent. */
  reason: DeliveryReason | null
  /** The next hop's reply, or a sentence of ours if the reason has none; for people only. */
  reply: string
  /** Whether it has taken over what was asked for in the way of reports (RFC 3461). */
  reportsItself: boolean
}

/** In place of a reply. */
export const unreachable = { reason: 'unreachable', reply: 'The next mail server cannot be reached.' } as const

const cutOff: Outcome = {
  result: 'cut',
  reason: 'interrupted',
  reply: 'Kuvert was stopped while this was being handed over.',
  reportsItself: false,
}

/**
 * Hands one mail to the next hop. Outages are `later`, at once while the sendLimit says that the next hop is away. Errors
 * of the mail's own bytes (the object storage is away, an object is damaged) are thrown; the next hop keeps nothing then.
 * When `cut` is aborted, the line is dropped at once: the next hop has the mail only if it had its final dot.
 */
export async function sendCopy(
  { nextHop, sendLimit, cut }: { nextHop: NextHop; sendLimit: SendLimit; cut: AbortSignal },
  mail: OutgoingMail,
): Promise<Outcome> {
  if (cut.aborted) return cutOff
  if (sendLimit.pauseMs() > 0) return { result: 'later', ...unreachable, reportsItself: false }
  const progress = { isBegun: false }
  try {
    return await withSession(nextHop, cut, async session => {
      const reply = await transact(session, mail, progress)
      if (isAboutTheSystem(reply, progress)) sendLimit.wasAway(textOf(reply))
      else sendLimit.answered()
      return outcomeOf(reply, session)
    })
  } catch (error) {
    if (cut.aborted) return cutOff
    // A line that breaks later may be the fault of this one mail; one that cannot be had is the same for every mail.
    if (isFailure(error, 'NEXT_HOP_AWAY') && (!progress.isBegun || sendLimit.isAway())) sendLimit.wasAway(error)
    if (!(error instanceof Failure) || error.code === 'OBJECTS_AWAY') throw error
    return { result: error.again ? 'later' : 'refused', ...withoutReply(error), reportsItself: false }
  }
}

/** Opens a session for some work, and releases it after that; when `cut` is aborted, it is destroyed. */
async function withSession<Result>(
  nextHop: NextHop,
  cut: AbortSignal,
  work: (session: NextHopSession) => Promise<Result>,
): Promise<Result> {
  const session = await nextHop.open()
  const destroy = () => session.destroy()
  if (cut.aborted) destroy()
  cut.addEventListener('abort', destroy)
  try {
    return await work(session)
  } finally {
    cut.removeEventListener('abort', destroy)
    session.release()
  }
}

/** The reply that decided: the first one that was no success, else the last. */
async function transact(session: NextHopSession, mail: OutgoingMail, progress: { isBegun: boolean }): Promise<Reply> {
  const begun = await session.mail(mail.sender, parametersOfCopy(mail.parameters))
  if (begun.code >= 300) return begun
  progress.isBegun = true
  const accepted = await session.rcpt(mail.recipient, mail.recipientParameters)
  if (accepted.code >= 300) return accepted
  return session.data(Readable.from(mail.bytes, { objectMode: false, highWaterMark: 256 * 1024 }))
}

/** It wants no mail at all: it ends the line, or says so before it has heard of a recipient (RFC 3463 section 3.4). */
function isAboutTheSystem({ code, lines }: Reply, { isBegun }: { isBegun: boolean }): boolean {
  return code === 421 || (!isBegun && code >= 400 && code < 500 && /^4\.3\.\d/.test(lines[0] ?? ''))
}

/** A copy has another size than the mail had, and a link block in it may have 8-bit letters. */
function parametersOfCopy(parameters: string[]): string[] {
  return [...parameters.filter(parameter => !['SIZE', 'BODY'].includes(keywordOf(parameter))), 'BODY=8BITMIME']
}

function outcomeOf(reply: Reply, session: NextHopSession): Outcome {
  const text = textOf(reply)
  const reportsItself = session.extensions.has('DSN')
  if (reply.code < 300) return { result: 'sent', reason: null, reply: text, reportsItself }
  return { result: reply.code >= 500 ? 'refused' : 'later', reason: replyReason(text), reply: text, reportsItself }
}

function withoutReply({ code, message }: Failure): Attempt {
  if (code === 'NEXT_HOP_AWAY') return unreachable
  const isUnsupported = code === 'NEXT_HOP_WITHOUT_SMTPUTF8' || code === 'NEXT_HOP_WITHOUT_8BITMIME'
  return { reason: isUnsupported ? 'not-supported' : 'failed', reply: message }
}

/** A next hop may quote what it dislikes, and a link is a secret: it must reach neither log nor database. */
function textOf({ code, lines }: Reply): string {
  return `${code} ${lines.join(' ')}`.trim().replace(/\/l\/[\w-]{20,}/g, '/l/…')
}
