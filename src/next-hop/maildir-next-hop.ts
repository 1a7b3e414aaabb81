import { Failure } from '#failure.ts'
import { mailCommand, rcptCommand } from './envelope-commands.ts'
import { isDiskFull, openMaildir, type Maildir } from './maildir.ts'
import type { NextHop, NextHopSession, Reply } from './next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import { keepQuiet, readSource } from './read-source.ts'

const extensions = new Map(
  ['8BITMIME', 'SMTPUTF8', 'SIZE', 'DSN', 'PIPELINING', 'ENHANCEDSTATUSCODES'].map(keyword => [keyword, '']),
)
const ok: Reply = { code: 250, lines: ['2.0.0 Ok'] }
const outOfOrder: Reply = { code: 503, lines: ['5.5.1 Bad sequence of commands'] }
const noRoom: Reply = { code: 452, lines: ['4.3.1 There is no room for the mail'] }

/**
 * A Maildir as the next hop: it takes every mail, and writes one file for each recipient, for any mail client
 * to open. Parameters are taken and forgotten. The folders are made when the first session is opened.
 */
export function openMaildirNextHop(folder: string, hostname: string): NextHop {
  return {
    open: async () => {
      try {
        return createSession(await openMaildir(folder, hostname))
      } catch (error) {
        throw new Failure('NEXT_HOP_AWAY', {}, { cause: error })
      }
    },
    close: async () => undefined,
  }
}

interface Session {
  /** Undefined outside of a transaction. */
  sender: string | undefined
  recipients: string[]
  reading: Chunks | undefined
  lost: Failure | undefined
  released: boolean
}

function createSession(maildir: Maildir): NextHopSession {
  const session: Session = { sender: undefined, recipients: [], reading: undefined, lost: undefined, released: false }
  const mustBeOpen = () => {
    if (session.released) throw new Error('This session was released.')
    if (session.lost) throw session.lost
  }
  return {
    extensions,
    mail: async (address, parameters) => {
      mailCommand(address, parameters)
      mustBeOpen()
      if (session.sender !== undefined) return outOfOrder
      session.sender = address
      return ok
    },
    rcpt: async (address, parameters) => {
      rcptCommand(address, parameters)
      mustBeOpen()
      if (session.sender === undefined) return outOfOrder
      session.recipients.push(address)
      return ok
    },
    data: async source => {
      mustBeOpen()
      if (session.recipients.length === 0) return outOfOrder
      session.reading = source
      try {
        return await deliver(maildir, session, source)
      } finally {
        Object.assign(session, { sender: undefined, recipients: [], reading: undefined })
      }
    },
    release: () => {
      session.released = true
    },
    destroy: () => void lose(session, new Error('The session was destroyed.')),
  }
}

async function deliver(maildir: Maildir, session: Session, source: Chunks): Promise<Reply> {
  const leaveUnread = keepQuiet(source)
  const tops = session.recipients.map(recipient => fieldsOnTop(session.sender ?? '', recipient))
  const delivery = await maildir.begin(tops).catch((error: unknown) => {
    if (isDiskFull(error)) return undefined
    throw lose(session, error)
  })
  if (!delivery) {
    leaveUnread()
    return noRoom
  }
  try {
    await readSource(source, chunk => delivery.write(chunk))
    if (session.lost) throw session.lost
    await delivery.commit()
    return ok
  } catch (error) {
    await delivery.abandon()
    if (session.lost) throw session.lost
    if (isDiskFull(error)) return noRoom
    const lost = lose(session, error)
    throw delivery.failed() ? lost : error
  }
}

function lose(session: Session, cause: unknown): Failure {
  session.lost ??= new Failure('NEXT_HOP_AWAY', {}, { cause })
  session.reading?.destroy()
  return session.lost
}

/** What a final delivery puts on top of a mail (RFC 5321 section 4.4). */
function fieldsOnTop(sender: string, recipient: string): Buffer {
  return Buffer.from(`Return-Path: <${sender}>\r\nDelivered-To: ${recipient}\r\n`)
}
