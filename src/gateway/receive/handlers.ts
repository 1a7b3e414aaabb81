import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { SMTPServerAuthentication, SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import { Failure, isFailure } from '#failure.ts'
import type { Account } from '#model.ts'
import type { NextHop, Reply } from '#next-hop/next-hop.ts'
import type { Settings } from '#settings/schema.ts'
import { isClientGone, type Client, type Transaction } from './client.ts'
import type { ConnectionLimit } from './connection-limit.ts'
import type { ExactSession } from './exact-server.ts'
import type { LogIn } from './log-in.ts'
import { replyFor, replyForFault } from './smtp-reply.ts'
import { addRecipient, beginTransaction } from './transaction.ts'

export interface ReceiveParts {
  settings: Settings['gateway']
  log: Logger
  nextHop: NextHop
  logIn: LogIn
  connections: ConnectionLimit
}

/** What is to be done with a mail whose envelope has been accepted. Returns the final answer. */
export type OnMail = (client: Client, transaction: Transaction, stream: Readable) => Promise<Reply>

/** What a listener knows of one connection. */
export interface Session extends SMTPServerSession, ExactSession {
  account?: Account
  mail?: Transaction | undefined
  /** In the middle of a mail: from DATA to its answer. */
  receiving?: boolean
  closed?: boolean
}

/** Commands that the library knows and nobody needs. */
export const unused = ['WIZ', 'SHELL', 'KILL', 'VRFY']

const midTransaction: Reply = { code: 503, lines: ['5.5.1 Log in before the mail begins.'] }

/** What this listener is like. */
interface Listener {
  hasTls: boolean
  mayRelay(session: Session): boolean
  onMail: OnMail
  /** Every answer that is being worked on. */
  running: Set<Promise<void>>
}

/** What happens at each command. */
export function makeHandlers(parts: ReceiveParts, { hasTls, mayRelay, onMail, running }: Listener): SMTPServerOptions {
  const { settings, log } = parts
  const answer = makeAnswer(log, running)
  const begin = async (session: Session) => {
    endTransaction(session)
    if (!mayRelay(session)) throw new Failure(hasTls ? 'AUTH_REQUIRED' : 'RELAY_DENIED')
    const { reply, transaction } = await beginTransaction(parts.nextHop, clientOf(session), session.command!)
    // The client may have gone meanwhile: nobody would end it any more.
    if (session.closed) transaction?.nextHop.release()
    else session.mail = transaction ?? undefined
    return reply
  }
  return {
    onConnect(session: Session, callback) {
      // A password is not even asked for in clear.
      if (hasTls && !session.secure) session.disabledCommands = [...unused, 'AUTH']
      setImmediate(callback, null)
    },
    onSecure(_socket, session: Session, callback) {
      session.disabledCommands = unused
      setImmediate(callback, null)
    },
    onClose(session: Session) {
      session.closed = true
      session.countedOut?.()
      if (session.mail) session.mail.abandoned = true
      endTransaction(session)
    },
    onAuth(auth, session: Session, callback) {
      const refuse = (reply: Reply) => {
        session.answer = reply
        setImmediate(callback, refusal(reply))
      }
      // RFC 4954 section 4: who sends a mail does not change in the middle of it.
      if (session.mail) return refuse(midTransaction)
      logIn(parts, auth, session.remoteAddress).then(
        account => {
          session.account = account
          callback(null, { user: account.id })
        },
        (error: unknown) => refuse(replyForError(log, session, error)),
      )
    },
    onMailFrom: (_address, session: Session, callback) => answer(session, () => begin(session), callback),
    onRcptTo(_address, session: Session, callback) {
      answer(session, () => addRecipient(session.mail!, session.command!, settings.limits.recipients), callback)
    },
    onData(stream, session: Session, callback) {
      const transaction = session.mail!
      const work = () => onMail(clientOf(session), transaction, stream)
      answer(session, () => receive(session, transaction, work), callback)
    },
  }
}

async function receive(session: Session, { nextHop }: Transaction, work: () => Promise<Reply>): Promise<Reply> {
  session.receiving = true
  try {
    return await work()
  } finally {
    session.receiving = false
    session.mail = undefined
    nextHop.release()
  }
}

/** Runs a handler; whatever it answers or throws becomes the next reply, word for word. */
function makeAnswer(log: Logger, running: Set<Promise<void>>) {
  return (session: Session, work: () => Promise<Reply>, done: (error?: Error | null) => void) => {
    const task = work()
      .catch((error: unknown) => replyForError(log, session, error))
      .then(reply => {
        session.answer = reply
        done(reply.code >= 300 ? refusal(reply) : null)
      })
    running.add(task)
    void task.finally(() => running.delete(task))
  }
}

/** The library sends the code of it; `ExactServer` the reply. */
function refusal(reply: Reply): Error {
  return Object.assign(new Error('refused'), { responseCode: reply.code })
}

function clientOf(session: Session): Client {
  return {
    remoteAddress: session.remoteAddress.replace(/^::ffff:/, ''),
    greeting: session.hostNameAppearsAs || '',
    protocol: session.transmissionType ?? 'ESMTP',
    account: session.account ?? null,
  }
}

/** Ends the transaction, if there is one, at the next hop as well. */
export function endTransaction(session: Session): void {
  session.mail?.nextHop.release()
  session.mail = undefined
}

async function logIn(parts: ReceiveParts, auth: SMTPServerAuthentication, address: string): Promise<Account> {
  const { username: login = '', authzid = '' } = auth
  const password = auth.password ?? ''
  try {
    // RFC 4616 section 2: nobody acts for somebody else here.
    if (authzid !== '' && authzid !== login) throw new Failure('LOGIN_WRONG')
    return await parts.logIn({ login, password, address })
  } catch (error) {
    if (isFailure(error, 'LOGIN_WRONG'))
      parts.log.info({ login: login.slice(0, 100), address }, 'a login over SMTP failed')
    throw error
  }
}

function replyForError(log: Logger, session: Session, error: unknown): Reply {
  const about = { err: error, connection: session.id, address: session.remoteAddress }
  if (error instanceof Failure) {
    log[error.cause === undefined ? 'info' : 'warn'](about, error.message)
    return replyFor(error)
  }
  if (isClientGone(error)) {
    log.info(about, 'a client went away before its answer')
    return replyForFault(session.id)
  }
  const id = `${session.id}-${session.mail?.id ?? 'x'}`
  log.error({ ...about, id }, 'a mail could not be handled')
  return replyForFault(id)
}
