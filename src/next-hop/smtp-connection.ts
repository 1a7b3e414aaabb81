import type { SecureContext } from 'node:tls'
import { Failure } from '#failure.ts'
import type { Reply } from './next-hop.ts'
import { openLine, type Line, type LineTarget } from './smtp-line.ts'

/** How to reach the next hop, and what to say there. */
export interface SmtpTarget extends LineTarget {
  tls: 'none' | 'opportunistic' | 'required' | 'verified' | 'implicit'
  secureContext: SecureContext
  ehloName: string
  user?: string | undefined
  password?: string | undefined
  /** Hears in a sentence when mail goes in clear because TLS failed. */
  warn: (sentence: string) => void
}

/** A line on which transactions can begin. */
export interface SmtpConnection {
  line: Line
  extensions: ReadonlyMap<string, string>
  /** Transactions that were begun on it. */
  mails: number
}

/**
 * Connects, and does EHLO, STARTTLS and AUTH as configured. Throws `Failure('NEXT_HOP_AWAY')`, whose cause
 * tells the admin what is wrong.
 */
export async function connectSmtp(target: SmtpTarget, tls = target.tls): Promise<SmtpConnection> {
  const secureContext = target.secureContext
  const line = await openLine(target, tls === 'implicit' ? { secureContext } : undefined)
  try {
    demand(await line.readReply('the connection', target.timeoutSeconds), 220, 'greeting')
    let extensions = await sayHello(line, target)
    if (tls !== 'none' && tls !== 'implicit' && (await mayStartTls(line, target, extensions))) {
      const handshake = line.startTls({ secureContext, rejectUnauthorized: tls === 'verified' })
      const why = tls === 'opportunistic' ? await failureOf(handshake) : await handshake
      if (why !== undefined) {
        target.warn(`Mail goes in clear to ${target.host}, since TLS failed. ${why}`)
        return await connectSmtp(target, 'none')
      }
      extensions = await sayHello(line, target)
    }
    if (target.user !== undefined) await logIn(line, target, target.user, extensions.get('AUTH') ?? '')
    return { line, extensions, mails: 0 }
  } catch (error) {
    line.destroy(error as Error)
    throw error
  }
}

/** EHLO, or HELO where the next hop does not know EHLO; returns the keywords in upper case with their values. */
async function sayHello(line: Line, target: SmtpTarget): Promise<Map<string, string>> {
  const reply = await line.command(`EHLO ${target.ehloName}`, target.timeoutSeconds)
  if (reply.code >= 500) {
    demand(await line.command(`HELO ${target.ehloName}`, target.timeoutSeconds), 250, 'HELO')
    return new Map()
  }
  demand(reply, 250, 'EHLO')
  return new Map(
    reply.lines.slice(1).map(text => {
      const [keyword = '', ...values] = text.trim().split(/ +/)
      return [keyword.toUpperCase(), values.join(' ')]
    }),
  )
}

/** Asks for TLS. False where it is not to be had and not required. */
async function mayStartTls(line: Line, target: SmtpTarget, extensions: Map<string, string>): Promise<boolean> {
  if (extensions.has('STARTTLS')) {
    const reply = await line.command('STARTTLS', target.timeoutSeconds)
    if (reply.code === 220) return true
    if (target.tls !== 'opportunistic') throw refused(reply, 'STARTTLS')
    target.warn(
      `Mail goes in clear to ${target.host}, since it refused STARTTLS: ${reply.code} ${reply.lines.join(' ')}`,
    )
  } else if (target.tls !== 'opportunistic') {
    throw away(`The next hop does not offer STARTTLS, which the configuration demands (tls: ${target.tls}).`)
  }
  return false
}

/** Opportunistic TLS means that mail goes in clear rather than not at all (RFC 7435): a failure is an answer. */
async function failureOf(handshake: Promise<void>): Promise<string | undefined> {
  return handshake.then(
    () => undefined,
    (error: Error) => (error.cause instanceof Error ? error.cause : error).message,
  )
}

/** AUTH PLAIN, or LOGIN where nothing else is offered (RFC 4954). Never in clear to another machine. */
async function logIn(line: Line, target: SmtpTarget, user: string, offered: string): Promise<void> {
  if (!line.encrypted && !line.loopback) throw away('A password is configured, but the line is not encrypted.')
  const mechanisms = offered.toUpperCase().split(' ')
  const password = target.password ?? ''
  const say = (command: string) => line.command(command, target.timeoutSeconds, 'AUTH')
  if (mechanisms.includes('PLAIN')) {
    demand(await say(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`), 235, `login of ${user}`)
  } else if (mechanisms.includes('LOGIN')) {
    demand(await say('AUTH LOGIN'), 334, `login of ${user}`)
    demand(await say(base64(user)), 334, `login of ${user}`)
    demand(await say(base64(password)), 235, `login of ${user}`)
  } else {
    throw away(`The next hop offers neither AUTH PLAIN nor AUTH LOGIN, only: ${offered || 'nothing'}.`)
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function demand(reply: Reply, code: number, what: string): void {
  if (reply.code !== code) throw refused(reply, what)
}

function refused(reply: Reply, what: string): Failure {
  return away(`The next hop's answer (${what}): ${reply.code} ${reply.lines.join(' ')}`)
}

function away(sentence: string): Failure {
  return new Failure('NEXT_HOP_AWAY', {}, { cause: new Error(sentence) })
}
