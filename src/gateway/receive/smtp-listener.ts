import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { SMTPServerAuthentication, SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import type { Directory } from '#directory/directory.ts'
import { Failure } from '#failure.ts'
import type { Account } from '#model.ts'
import type { NextHop, Reply } from '#next-hop/next-hop.ts'
import type { Settings } from '#settings/schema.ts'
import { isClientGone, type Client, type Transaction } from './client.ts'
import { makeConnectionLimit, type ConnectionLimit } from './connection-limit.ts'
import { ExactServer, type ExactSession } from './exact-server.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { networkTest } from './networks.ts'
import { replyFor, replyForFault } from './smtp-reply.ts'
import { addRecipient, beginTransaction } from './transaction.ts'

type ListenerSettings = Settings['gateway']['listeners'][number]

export interface ReceiveParts {
  settings: Settings['gateway']
  log: Logger
  directory: Directory
  nextHop: NextHop
  throttle: LoginThrottle
  connections: ConnectionLimit
}

/** What is to be done with a mail whose envelope has been accepted. Returns the final answer. */
export type OnMail = (client: Client, transaction: Transaction, stream: Readable) => Promise<Reply>

/** How long a running mail may go on when Kuvert is stopped. */
const closeSeconds = 30

/** Sockets beyond the limits, so that those who are one too many can be told so. */
const socketsToSpare = 100

const midTransaction: Reply = { code: 503, lines: ['5.5.1 Log in before the mail begins.'] }

/** Commands that the library knows and nobody needs. */
const unused = ['WIZ', 'SHELL', 'KILL', 'VRFY']

interface Session extends SMTPServerSession, ExactSession {
  account?: Account
  mail?: Transaction | undefined
  /** In the middle of a mail: from DATA to its answer. */
  receiving?: boolean
  closed?: boolean
}

/** Listens on one address. Returns the port, and `close`, which refuses new mail and resolves when running mails have ended. */
export async function listen(parts: ReceiveParts, listener: ListenerSettings, onMail: OnMail) {
  const { settings, log } = parts
  const tls = settings.tls && listener.tls !== 'none' ? await readTls(settings.tls) : undefined
  const isTrusted = networkTest(settings.trustedNetworks)
  const running = new Set<Promise<void>>()

  const mayRelay = (session: Session) =>
    session.account !== undefined || (!session.isUnnamed && isTrusted(session.remoteAddress))

  const refuse = (session: Session, reply: Reply, callback: (error: Error) => void) => {
    session.answer = reply
    setImmediate(callback, Object.assign(new Error('refused'), { responseCode: reply.code }))
  }

  /** Runs a handler; whatever it answers or throws becomes the next reply, word for word. */
  const answer = (session: Session, work: () => Promise<Reply>, done: (error?: Error | null) => void) => {
    const task = work()
      .catch((error: unknown) => replyForError(log, session, error))
      .then(reply => {
        session.answer = reply
        done(reply.code >= 300 ? Object.assign(new Error('refused'), { responseCode: reply.code }) : null)
      })
    running.add(task)
    void task.finally(() => running.delete(task))
  }

  const gate = {
    isProxy: networkTest(listener.proxyFrom),
    connections: parts.connections,
    handshakes: makeConnectionLimit(settings.limits),
    maxSockets: 2 * settings.limits.connections + socketsToSpare,
    isStranger: (session: Session) => !mayRelay(session),
    onReset: endTransaction,
  }
  const options: SMTPServerOptions = {
    name: settings.hostname,
    banner: 'Kuvert',
    heloResponse: '%s',
    secure: listener.tls === 'implicit',
    ...(tls ?? { hideSTARTTLS: true }),
    disabledCommands: [...unused, ...(tls ? [] : ['STARTTLS', 'AUTH'])],
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    hideDSN: false,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    size: settings.limits.mailBytes,
    socketTimeout: settings.limits.idleSeconds * 1000,
    closeTimeout: closeSeconds * 1000,
    maxAllowedUnauthenticatedCommands: false,
    logger: false,
    onConnect(session: Session, callback) {
      // A password is not even asked for in clear.
      if (tls && !session.secure) session.disabledCommands = [...unused, 'AUTH']
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
      // RFC 4954 section 4: who sends a mail does not change in the middle of it.
      if (session.mail) return refuse(session, midTransaction, callback)
      login(parts, auth, session.remoteAddress).then(
        account => {
          session.account = account
          callback(null, { user: account.id })
        },
        (error: unknown) => refuse(session, replyForError(log, session, error), callback),
      )
    },
    onMailFrom(_address, session: Session, callback) {
      const begin = async () => {
        endTransaction(session)
        if (!mayRelay(session)) throw new Failure(tls ? 'AUTH_REQUIRED' : 'RELAY_DENIED')
        const { reply, transaction } = await beginTransaction(parts.nextHop, clientOf(session), session.command!)
        // The client may have gone meanwhile: nobody would end it any more.
        if (session.closed) transaction?.nextHop.release()
        else session.mail = transaction ?? undefined
        return reply
      }
      answer(session, begin, callback)
    },
    onRcptTo(_address, session: Session, callback) {
      answer(session, () => addRecipient(session.mail!, session.command!, settings.limits.recipients), callback)
    },
    onData(stream, session: Session, callback) {
      const transaction = session.mail!
      session.receiving = true
      const handle = async () => {
        try {
          return await onMail(clientOf(session), transaction, stream)
        } finally {
          session.receiving = false
          transaction.nextHop.release()
          session.mail = undefined
        }
      }
      answer(session, handle, callback)
    },
  }
  const server = new ExactServer(options, gate)
  server.on('error', error => log.debug({ err: error }, 'an SMTP connection failed'))
  server.listen(listener.port, listener.address)
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      // Those that are in the middle of a mail may end it; the others are told to come back.
      for (const connection of server.connections) {
        if (!(connection.session as Session).receiving) connection.send(421, 'Kuvert is being restarted', 'SHUTDOWN')
      }
      await Promise.all([closed, ...running])
    },
  }
}

function clientOf(session: Session): Client {
  return {
    remoteAddress: session.remoteAddress.replace(/^::ffff:/, ''),
    greeting: session.hostNameAppearsAs || '',
    protocol: session.transmissionType ?? 'ESMTP',
    account: session.account ?? null,
  }
}

function endTransaction(session: Session): void {
  session.mail?.nextHop.release()
  session.mail = undefined
}

async function login(parts: ReceiveParts, auth: SMTPServerAuthentication, address: string): Promise<Account> {
  const { username: name = '', authzid = '' } = auth
  const password = auth.password ?? ''
  const attempt = parts.throttle.begin(name, address)
  const account = await parts.directory.authenticate(name, password).catch((error: unknown) => {
    attempt.forget()
    throw error
  })
  // RFC 4616 section 2: nobody acts for somebody else here.
  if (!account || (authzid !== '' && authzid !== name)) {
    parts.log.info({ login: name.slice(0, 100), address }, 'a login over SMTP failed')
    throw new Failure('AUTH_FAILED')
  }
  attempt.succeeded()
  return account
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

async function readTls(files: { certificate: string; key: string }) {
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)])
  return { cert, key, minVersion: 'TLSv1.2' as const }
}
