import { Failure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { Client, Session, Transaction } from '#gateway/accept/client.ts'
import { commandReplies } from './command-replies.ts'
import type { Conversation } from './host.ts'
import { createMailInput, type MailInput } from '#gateway/data/mail-input.ts'
import { replyFor, replyForError } from '#gateway/accept/smtp-reply.ts'

/** DATA, from its go-ahead on. Returns the final answer when all of the mail has come, whatever has become of it. */
export async function receiveMail(conversation: Conversation, transaction: Transaction): Promise<Reply> {
  const { host, wire, lines } = conversation
  const input = createMailInput(wire)
  const timer = setTimeout(() => input.destroy(new Failure('TOO_SLOW')), host.settings.limits.mailSeconds * 1000)
  conversation.receiving = input
  wire.reply(commandReplies.goAhead)
  const early = lines.leave()
  const onBytes = (chunk: Buffer) => {
    const after = input.push(chunk)
    if (after) lines.resume(after)
  }
  wire.listen({ onBytes, onIdle: () => input.isAwaited() && conversation.leaveForSilence() })
  if (early.length > 0) onBytes(early)
  try {
    const answer = handle(conversation, transaction, input)
    host.running.add(answer)
    const reply = await answer.finally(() => host.running.delete(answer))
    return input.isWhole() || reply.code === 421 ? reply : await afterTheRest(input, reply)
  } finally {
    clearTimeout(timer)
    conversation.receiving = undefined
    conversation.unrecognised = 0
  }
}

/** Hands the mail on. Whatever is answered or thrown becomes the reply. */
async function handle({ host, session }: Conversation, transaction: Transaction, input: MailInput): Promise<Reply> {
  try {
    return await host.onMail(clientOf(session), transaction, input)
  } catch (error) {
    return replyForError(host, session, error)
  } finally {
    session.mail = undefined
    transaction.nextHop.release()
  }
}

/** A client hears its answer only when it has said all: before that, it does not listen. */
async function afterTheRest(input: MailInput, reply: Reply): Promise<Reply> {
  await input.discard()
  return input.isWhole() ? reply : replyFor(new Failure('TOO_SLOW'))
}

function clientOf({ remoteAddress, greeting, extended, encrypted, account }: Session): Client {
  // RFC 3848.
  const protocol = `${extended ? 'E' : ''}SMTP${encrypted ? 'S' : ''}${account ? 'A' : ''}`
  return { remoteAddress, greeting, protocol, account }
}
