import { Failure } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import type { Account } from '#model.ts'
import type { Session, Transaction } from '#gateway/accept/client.ts'
import { commandReplies as replies, reply } from './command-replies.ts'
import { refuseParameters } from './command-parameters.ts'
import type { Conversation } from './host.ts'
import { readPathCommand } from './path-command.ts'
import { readLogin } from './sasl.ts'
import { replyFor, replyForError } from '#gateway/accept/smtp-reply.ts'
import { addRecipient, beginTransaction, endTransaction } from './transaction.ts'

/** The reply to a command; undefined if it has been sent already. After DATA, the mail of a transaction is to be received. */
type Answer = Reply | { receive: Transaction } | undefined
type Verb = (conversation: Conversation, line: string) => Promise<Answer> | Answer

const maxUnrecognised = 10
const maxGreetingCharacters = 300

const verbs: Record<string, Verb> = {
  EHLO: (conversation, line) => greet(conversation, line, true),
  HELO: (conversation, line) => greet(conversation, line, false),
  MAIL: begin,
  RCPT: recipient,
  DATA: (conversation, line) => {
    if (line.trim().length > 4) return replies.dataWithParameters
    const { mail } = conversation.session
    return mail && mail.recipients.length > 0 ? { receive: mail } : replies.needRecipient
  },
  RSET: ({ session }) => {
    endTransaction(session)
    return replies.flushed
  },
  NOOP: () => replies.ok,
  HELP: () => replies.help,
  VRFY: () => replies.notVerified,
  QUIT: () => replies.bye,
  STARTTLS: startTls,
  AUTH: logIn,
}

const afterGreeting = new Set(['MAIL', 'RCPT', 'DATA', 'AUTH'])

/** Answers any command. Never throws: failures, errors of the next hop and our own become replies. */
export async function answerCommand(conversation: Conversation, line: string): Promise<Answer> {
  const { session, host } = conversation
  const name = line.split(' ', 1)[0]!.toUpperCase()
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!verb) return refuseUnknown(conversation, line)
  if (session.greeting === '' && afterGreeting.has(name)) return replies.sayHello
  try {
    return await verb(conversation, line)
  } catch (error) {
    return replyForError(host, session, error)
  }
}

function refuseUnknown(conversation: Conversation, line: string): Reply {
  // A web page that makes browsers talk to us.
  if (/^[a-z]+ \/.* HTTP\/\d\.\d$/i.test(line)) return replyFor(new Failure('NOT_HTTP'))
  if (++conversation.unrecognised < maxUnrecognised) return replies.unknown
  return replyFor(new Failure('TOO_MANY_UNKNOWN_COMMANDS'))
}

function greet(conversation: Conversation, line: string, extended: boolean): Reply {
  const { session, host } = conversation
  const words = line.trim().split(/\s+/)
  const name = words[1] ?? ''
  if (words.length !== 2 || name.length > maxGreetingCharacters || /\p{Cc}/u.test(name)) {
    return replies.badGreeting
  }
  endTransaction(session)
  session.greeting = name.toLowerCase()
  session.extended = extended
  const { hostname, limits } = host.settings
  if (!extended) return reply(250, hostname)
  const offered = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'DSN', `SIZE ${limits.mailBytes}`]
  if (host.secureContext && !session.encrypted) offered.push('STARTTLS')
  if (host.secureContext && session.encrypted && !session.account) offered.push('AUTH PLAIN LOGIN')
  return reply(250, hostname, ...offered)
}

async function begin({ host, session, wire }: Conversation, line: string): Promise<Reply> {
  const command = readPathCommand('MAIL FROM', line)
  if (!command) return replies.badSender
  const refused = refuseParameters(command.parameters, host.settings.limits.mailBytes)
  if (refused) return refused
  if (session.mail) return replies.nested
  if (!host.mayRelay(session)) throw new Failure(host.secureContext ? 'AUTH_REQUIRED' : 'RELAY_DENIED')
  const { reply: answer, transaction } = await beginTransaction(host, session, command)
  // The client may have gone meanwhile: nobody would end it any more.
  if (wire.isOver()) transaction?.nextHop.release()
  else session.mail = transaction ?? undefined
  return answer
}

async function recipient({ host, session }: Conversation, line: string): Promise<Reply> {
  const command = readPathCommand('RCPT TO', line)
  if (!command) return replies.badRecipient
  const { limits } = host.settings
  const refused = refuseParameters(command.parameters, limits.mailBytes)
  if (refused) return refused
  return session.mail ? addRecipient(session.mail, command, limits.recipients) : replies.needMail
}

async function startTls({ host, session, wire, lines, say }: Conversation, line: string): Promise<Reply | undefined> {
  if (!host.secureContext) return replies.unknown
  if (line.trim().length > 'STARTTLS'.length) return replies.startTlsWithParameters
  if (session.encrypted) return replies.encryptedAlready
  // RFC 3207 section 4.2: what was said in clear is forgotten, and what was said too early never heard.
  lines.leave()
  endTransaction(session)
  Object.assign(session, { greeting: '', extended: false, account: null, encrypted: true })
  say(replies.beginTls)
  await wire.startTls(host.secureContext)
  lines.resume(Buffer.alloc(0))
  return undefined
}

async function logIn({ host, session, wire, lines, welcome }: Conversation, line: string): Promise<Reply> {
  if (!host.secureContext) return replies.unknown
  // A password is not even asked for in clear.
  if (!session.encrypted) throw new Failure('TLS_REQUIRED')
  if (session.account) return replies.loggedInAlready
  // RFC 4954 section 4: who sends a mail does not change in the middle of it.
  if (session.mail) return replies.loginWithinMail
  const offered = await readLogin(line.trim().split(/\s+/).slice(1), challenge => {
    wire.reply(reply(334, challenge))
    return lines.next()
  })
  if ('code' in offered) return offered
  welcome(await checkLogin(host, session, offered))
  return replies.loggedIn
}

async function checkLogin(
  { logIn: check }: Conversation['host'],
  { remoteAddress: address }: Session,
  { login, password, actingFor }: { login: string; password: string; actingFor: string },
): Promise<Account> {
  // RFC 4616 section 2: nobody acts for somebody else here.
  if (actingFor !== '' && actingFor !== login) throw new Failure('LOGIN_WRONG')
  return check({ login, password, address })
}
