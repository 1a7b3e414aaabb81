import { setImmediate as nextTurn } from 'node:timers/promises'
import { Failure } from '#failure.ts'
import type { Arrived } from '#gateway/accept/accept-connection.ts'
import type { Account } from '#model.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import { answerCommand } from './answer-command.ts'
import { LineTooLong, readCommandLines } from './command-lines.ts'
import type { Conversation, Host } from './host.ts'
import { receiveMail } from './receive-mail.ts'
import { endTransaction } from './transaction.ts'
import { replyFor } from '#gateway/accept/smtp-reply.ts'

/** Enough to log in with every program and many typing errors; a flood of commands ends here. */
const maxStrangerReplies = 100
/** So many commands in one packet keep nobody else waiting. */
const commandsInOneTurn = 100

/** What clients are told when Kuvert stops. */
export function shuttingDown(): Reply {
  return replyFor(new Failure('SHUTTING_DOWN'))
}

/** Greets a client. `begin` answers it until one of both has gone. */
export function openConversation(
  host: Host,
  { wire, session, place }: Arrived,
): Conversation & { begin(): Promise<void> } {
  let repliesToStranger = 0
  const say = (reply: Reply) => {
    const isStranger = reply.code !== 421 && !host.mayRelay(session)
    const said =
      isStranger && ++repliesToStranger > maxStrangerReplies ? replyFor(new Failure('TOO_MANY_COMMANDS')) : reply
    wire.reply(said)
    if (said.code === 421 || said.code === 221) wire.part()
  }
  const leaveForSilence = () => say(replyFor(new Failure('SILENT_TOO_LONG')))
  const lines = readCommandLines(wire, leaveForSilence)
  const { idleSeconds, strangerSeconds } = host.settings.limits
  const leaveAsStranger = () => say(replyFor(new Failure('STAYED_WITHOUT_LOGIN')))
  const patience = session.isTrusted ? undefined : setTimeout(leaveAsStranger, strangerSeconds * 1000)
  const welcome = (account: Account) => {
    session.account = account
    clearTimeout(patience)
    place.becomeKnown()
    wire.allowSilence(idleSeconds * 1000)
  }
  const state = { receiving: undefined, unrecognised: 0 }
  const conversation: Conversation = { host, wire, session, lines, say, welcome, leaveForSilence, ...state }
  wire.whenClosed(() => {
    clearTimeout(patience)
    lines.end()
    if (session.mail) session.mail.abandoned = true
    // Whoever works on a mail ends it.
    if (conversation.receiving) conversation.receiving.cutOff()
    else endTransaction(session)
  })
  const begin = async () => {
    lines.resume(Buffer.alloc(0))
    say({ code: 220, lines: [`${host.settings.hostname} ESMTP Kuvert`] })
    try {
      await answerAll(conversation)
    } catch (error) {
      if (!(error instanceof LineTooLong)) throw error
      say(replyFor(new Failure('COMMAND_TOO_LONG')))
    }
  }
  return Object.assign(conversation, { begin })
}

async function answerAll(conversation: Conversation): Promise<void> {
  const { wire, lines, say } = conversation
  for (let count = 1; ; count++) {
    const line = await lines.next()
    if (line === undefined || wire.isOver()) return
    const answer = await answerCommand(conversation, line)
    const reply = answer && 'receive' in answer ? await receiveMail(conversation, answer.receive) : answer
    if (reply) say(reply)
    // After the answer to its last mail, a client is not waited for.
    if (conversation.host.isClosing()) say(shuttingDown())
    if (wire.isFull()) await wire.untilWritable()
    if (count % commandsInOneTurn === 0) await nextTurn()
  }
}
