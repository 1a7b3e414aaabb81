import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { TLSSocket, createSecureContext } from 'node:tls'
import { createSmtpInput, SocketGone, type SmtpInput } from './smtp-input.ts'

/** The moments at which the server says something; `DOT` is after the final dot. */
export type Moment =
  'CONNECT' | 'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'DOT' | 'RSET' | 'NOOP' | 'QUIT'

/**
 * What the server does at a moment: `say` is written as it is, with CRLF at its end (more lines: put `\r\n` within;
 * `raw` has nothing added), after `afterMs`. Then it goes on, or closes the line in order, or drops it at once
 * (RST), or says nothing any more. A string is short for `say`.
 */
export type Answer = string | { say?: string; raw?: string; afterMs?: number; then?: 'close' | 'drop' | 'hang' }

export interface Script {
  /** EHLO keywords; STARTTLS and AUTH are added where they can be used. */
  extensions?: string[]
  /** Instead of the usual answer; undefined from a function is the usual one. `command` is the line as it came. */
  answers?: Partial<Record<Moment, Answer | ((command: string, connection: Recorded) => Answer | undefined)>>
  /** Answered as soon as so many bytes of a mail have come. */
  duringData?: { afterBytes: number; answer: Answer }
  /** PEM files. Offers STARTTLS, or speaks TLS at once where `implicit`. */
  tls?: { certificate: string; key: string; implicit?: boolean }
  /** Offers AUTH with these mechanisms, and accepts this login alone. */
  login?: { user: string; password: string; mechanisms: string[] }
  /** Where to listen. Default: 127.0.0.1. */
  address?: string
  /** Default: a free one. */
  port?: number
  /** False: bytes of mails are counted and thrown away. */
  keepMails?: boolean
}

/** A mail that was answered with 2xx. `wire` is what came after 354, dot-stuffed, without the final dot's line. */
export interface RecordedMail {
  /** The MAIL and RCPT lines that were accepted, as they came. */
  mail: string
  rcpts: string[]
  sender: string
  recipients: string[]
  wire: Buffer
  /** Un-stuffed: the mail itself. */
  bytes: Buffer
  sizeBytes: number
  encrypted: boolean
}

/** Everything that one connection said. */
interface Recorded {
  commands: string[]
  mails: RecordedMail[]
  encrypted: boolean
  /** The name that the client asked for in its TLS handshake (SNI). */
  serverName: string | undefined
  open: boolean
  /** What came of a mail whose final dot never did. */
  unfinished: Buffer | undefined
}

export interface ScriptedSmtpServer {
  port: number
  connections: Recorded[]
  /** Of all connections, in order of their ends. */
  mails: RecordedMail[]
  /** Can be changed at any time. */
  script: Script
  /** Writes to all open connections without having been asked, and then what an `Answer` can. */
  interject(answer: Answer): Promise<void>
  stop(): Promise<void>
}

const usualExtensions = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 2147483648', 'DSN', 'ENHANCEDSTATUSCODES']
const usualAnswers: Record<Moment, string> = {
  CONNECT: '220 scripted.test ESMTP',
  EHLO: '',
  HELO: '250 scripted.test',
  STARTTLS: '220 2.0.0 Go ahead',
  AUTH: '',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 Go ahead',
  DOT: '250 2.0.0 Taken',
  RSET: '250 2.0.0 Ok',
  NOOP: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
}

/** Starts a real SMTP server on a free port that does what the script says, and otherwise accepts all. */
export async function startScriptedSmtpServer(script: Script = {}): Promise<ScriptedSmtpServer> {
  const sockets = new Map<Recorded, () => Socket>()
  const server: ScriptedSmtpServer = {
    port: 0,
    connections: [],
    mails: [],
    script,
    interject: async answer => {
      for (const socket of sockets.values()) await speak(socket(), answer)
    },
    stop: async () => {
      for (const socket of sockets.values()) socket().destroy()
      await new Promise(resolve => listener.close(resolve))
    },
  }
  const listener = createServer({ noDelay: true }, async tcp => {
    const recorded: Recorded = {
      commands: [],
      mails: [],
      encrypted: false,
      serverName: undefined,
      open: true,
      unfinished: undefined,
    }
    server.connections.push(recorded)
    let socket: Socket = tcp
    sockets.set(recorded, () => socket)
    // Errors of the peer are what tests are about; the reader hears of them by the socket's end.
    tcp.on('error', () => undefined)
    try {
      await serve(server, recorded, tcp, next => (socket = next))
    } catch (error) {
      if (!(error instanceof SocketGone)) throw error
    } finally {
      recorded.open = false
      sockets.delete(recorded)
      socket.destroy()
    }
  })
  await new Promise<void>(resolve => listener.listen(script.port ?? 0, script.address ?? '127.0.0.1', resolve))
  server.port = (listener.address() as AddressInfo).port
  return server
}

/** One connection while it lasts. */
interface Conversation {
  server: ScriptedSmtpServer
  recorded: Recorded
  socket: Socket
  input: SmtpInput
  envelope: { mail: string; rcpts: string[] }
}

async function serve(server: ScriptedSmtpServer, recorded: Recorded, tcp: Socket, onTls: (socket: Socket) => void) {
  const envelope = { mail: '', rcpts: [] }
  const conversation: Conversation = { server, recorded, socket: tcp, input: createSmtpInput(tcp), envelope }
  if (server.script.tls?.implicit) startTls(conversation, onTls)
  await respond(conversation, 'CONNECT', '')
  while (!conversation.socket.writableEnded) {
    const command = await conversation.input.readLine()
    recorded.commands.push(command)
    const moment = command.split(' ', 1)[0]!.toUpperCase() as Moment
    if (!(moment in usualAnswers)) await speak(conversation.socket, '500 5.5.2 What?')
    else if (moment === 'STARTTLS') {
      if ((await respond(conversation, moment, command)) === 220) startTls(conversation, onTls)
    } else await (verbs[moment] ?? respond)(conversation, moment, command)
  }
}

/** Verbs that do more than to be answered. */
const verbs: Partial<
  Record<Moment, (conversation: Conversation, moment: Moment, command: string) => Promise<unknown>>
> = {
  EHLO: (conversation, moment, command) =>
    respond(conversation, moment, command, capabilities(conversation.server.script, conversation.recorded)),
  AUTH: async (conversation, moment, command) =>
    respond(conversation, moment, command, await checkLogin(conversation, command)),
  MAIL: async (conversation, moment, command) => {
    if ((await respond(conversation, moment, command)) < 300) conversation.envelope = { mail: command, rcpts: [] }
  },
  RCPT: async (conversation, moment, command) => {
    if ((await respond(conversation, moment, command)) < 300) conversation.envelope.rcpts.push(command)
  },
  DATA: async (conversation, moment, command) => {
    if ((await respond(conversation, moment, command)) === 354) await takeMail(conversation)
  },
  QUIT: async (conversation, moment, command) => {
    await respond(conversation, moment, command)
    conversation.socket.end()
  },
}

async function takeMail(conversation: Conversation): Promise<void> {
  const { server, recorded, socket, input, envelope } = conversation
  const early = server.script.duringData
  const data = await input.readData({
    keep: server.script.keepMails !== false,
    onUnfinished: bytes => (recorded.unfinished = bytes),
    ...(early ? { interrupt: { afterBytes: early.afterBytes, with: () => speak(socket, early.answer) } } : {}),
  })
  // Whoever refused a mail in the middle keeps nothing of it, and says nothing at its end, however much had been sent by then.
  if (early && data.sizeBytes >= early.afterBytes && isRefusal(early.answer)) return
  if ((await respond(conversation, 'DOT', '.')) >= 300) return
  const addresses = { sender: addressOf(envelope.mail), recipients: envelope.rcpts.map(addressOf) }
  const mail = { ...envelope, ...addresses, ...data, encrypted: recorded.encrypted }
  recorded.mails.push(mail)
  server.mails.push(mail)
}

function startTls(conversation: Conversation, onTls: (socket: Socket) => void): void {
  const { server, recorded, socket: plain } = conversation
  const { certificate, key } = server.script.tls!
  conversation.input.stop()
  const secureContext = createSecureContext({ cert: readFileSync(certificate), key: readFileSync(key) })
  const tls = new TLSSocket(plain, { isServer: true, secureContext })
  tls.on('error', () => plain.destroy())
  // Not in the types of Node: the name is there once the handshake is done; false without one.
  tls.on('secure', () => (recorded.serverName = (tls as { servername?: string | false }).servername || undefined))
  recorded.encrypted = true
  onTls(tls)
  Object.assign(conversation, { socket: tls, input: createSmtpInput(tls) })
}

/** Says what the script says, or the usual; returns the code of it. */
async function respond(
  { server, recorded, socket }: Conversation,
  moment: Moment,
  command: string,
  usual = usualAnswers[moment],
): Promise<number> {
  const scripted = server.script.answers?.[moment]
  const chosen = (typeof scripted === 'function' ? scripted(command, recorded) : scripted) ?? usual
  await speak(socket, chosen)
  return codeOf(chosen)
}

function capabilities(script: Script, recorded: Recorded): string {
  const lines = ['scripted.test', ...(script.extensions ?? usualExtensions)]
  if (script.tls && !recorded.encrypted) lines.push('STARTTLS')
  if (script.login) lines.push(`AUTH ${script.login.mechanisms.join(' ')}`)
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n')
}

async function checkLogin({ server, socket, input, recorded }: Conversation, command: string): Promise<string> {
  const { login } = server.script
  const decode = (text: string) => Buffer.from(text, 'base64').toString('utf8')
  const [, mechanism = '', initial = ''] = command.split(' ')
  const ask = async (prompt: string) => {
    await speak(socket, `334 ${Buffer.from(prompt).toString('base64')}`)
    const line = await input.readLine()
    recorded.commands.push(line)
    return decode(line)
  }
  const [user, password] =
    mechanism === 'PLAIN' ? decode(initial).split('\0').slice(1) : [await ask('Username:'), await ask('Password:')]
  const right = login?.user === user && login?.password === password && login?.mechanisms.includes(mechanism)
  return right ? '235 2.7.0 Ok' : '535 5.7.8 The login is wrong'
}

function isRefusal(answer: Answer): boolean {
  return /^[45]/.test((typeof answer === 'string' ? answer : answer.say) ?? '')
}

async function speak(socket: Socket, answer: Answer): Promise<void> {
  const { say, raw, afterMs, then } = typeof answer === 'string' ? { say: answer } : answer
  if (afterMs !== undefined) await new Promise(resolve => setTimeout(resolve, afterMs))
  const text = raw ?? (say === undefined ? '' : `${say}\r\n`)
  if (socket.destroyed) throw new SocketGone()
  if (text !== '') await new Promise<void>(resolve => socket.write(text, () => resolve()))
  if (then === 'drop') {
    socket.resetAndDestroy()
    throw new SocketGone()
  }
  // Reads on, so that the peer gets an orderly end instead of a reset.
  if (then === 'close') socket.end().removeAllListeners('data').resume()
  // Ends with the socket.
  if (then) await new Promise((_, reject) => socket.once('close', () => reject(new SocketGone())))
}

function codeOf(answer: Answer): number {
  const text = typeof answer === 'string' ? answer : (answer.raw ?? answer.say ?? '')
  return Number(text.slice(0, 3)) || 999
}

function addressOf(command: string): string {
  return /<(.*?)>/.exec(command)?.[1] ?? ''
}
