import type { Readable } from 'node:stream'
import { Failure } from '#failure.ts'
import { mailCommand, rcptCommand } from '#next-hop/envelope-commands.ts'
import { isDiskFull, openMaildir, type Maildir } from '#next-hop/maildir.ts'
import type { Expected, NextHop, NextHopSession, Reply } from '#next-hop/next-hop.ts'
import { keepQuiet, readSource } from '#next-hop/read-source.ts'

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

function createSession(maildir: Maildir): NextHopSession {
  let sender: string | undefined
  let recipients: string[] = []
  let reading: Readable | undefined
  let lost: Failure | undefined
  let released = false

  const forget = () => {
    sender = undefined
    recipients = []
  }
  const lose = (cause: unknown) => {
    lost ??= new Failure('NEXT_HOP_AWAY', {}, { cause })
    forget()
    reading?.destroy()
    return lost
  }
  const mustBeOpen = () => {
    if (released) throw new Error('This session was released.')
    if (lost) throw lost
  }
  const begin = async () => {
    try {
      return await maildir.begin(recipients.map(recipient => fieldsOnTop(sender ?? '', recipient)))
    } catch (error) {
      if (isDiskFull(error)) return undefined
      throw lose(error)
    }
  }
  const deliver = async (source: Readable, expected: (() => Expected) | undefined): Promise<Reply> => {
    const leaveUnread = keepQuiet(source)
    const delivery = await begin()
    if (!delivery) {
      leaveUnread()
      return noRoom
    }
    try {
      await readSource(source, expected, chunk => delivery.write(chunk))
      if (lost) throw lost
      await delivery.commit()
      return ok
    } catch (error) {
      await delivery.abandon()
      if (lost) throw lost
      if (isDiskFull(error)) return noRoom
      lose(error)
      throw delivery.failed() ? lost : error
    }
  }
  return {
    extensions,
    mail: async (address, parameters) => {
      mailCommand(address, parameters)
      mustBeOpen()
      if (sender !== undefined) return outOfOrder
      sender = address
      return ok
    },
    rcpt: async (address, parameters) => {
      rcptCommand(address, parameters)
      mustBeOpen()
      if (sender === undefined) return outOfOrder
      recipients.push(address)
      return ok
    },
    data: async (source, expected) => {
      mustBeOpen()
      if (recipients.length === 0) return outOfOrder
      reading = source
      try {
        return await deliver(source, expected)
      } finally {
        forget()
        reading = undefined
      }
    },
    release: () => {
      released = true
    },
    destroy: () => void lose(new Error('The session was destroyed.')),
  }
}

/** What a final delivery puts on top of a mail (RFC 5321 section 4.4). */
function fieldsOnTop(sender: string, recipient: string): Buffer {
  return Buffer.from(`Return-Path: <${sender}>\r\nDelivered-To: ${recipient}\r\n`)
}
