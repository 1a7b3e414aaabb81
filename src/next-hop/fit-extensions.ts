import { isAscii } from 'node:buffer'
import { Readable } from 'node:stream'
import { Failure } from '#failure.ts'
import type { NextHop, NextHopSession } from './next-hop.ts'
import type { Chunks } from '#platform/chunks.ts'
import { keepQuiet } from './read-source.ts'
import { announce8bit, announceUtf8, parametersFor } from './parameters.ts'

/**
 * A next hop that may lack what a mail asks for. Parameters that it does not offer are left out. Where they promised
 * more than ASCII, the mail goes all the same if it turns out to be ASCII, as most are; if not, `mail`, `rcpt` or `data`
 * throw `NEXT_HOP_WITHOUT_SMTPUTF8` (RFC 6531 section 3.2) or `NEXT_HOP_WITHOUT_8BITMIME` (RFC 6152 section 3), and
 * the next hop keeps nothing: a mail is never converted.
 */
export function fitExtensions(hop: NextHop): NextHop {
  return { ...hop, open: async () => fitSession(await hop.open()) }
}

function fitSession(session: NextHopSession): NextHopSession {
  /** What the transaction may not go beyond ASCII for. */
  let asciiOnly: Failure | undefined
  const requireAscii = (address: string) => {
    if (asciiOnly?.code === 'NEXT_HOP_WITHOUT_SMTPUTF8' && !isAscii(Buffer.from(address))) throw asciiOnly
  }
  return {
    get extensions() {
      return session.extensions
    },
    mail: async (address, parameters) => {
      asciiOnly = whyAsciiOnly(session, parameters)
      requireAscii(address)
      return session.mail(address, parametersFor(session, parameters))
    },
    rcpt: async (address, parameters) => {
      requireAscii(address)
      return session.rcpt(address, parametersFor(session, parameters))
    },
    data: async source => session.data(asciiOnly ? asAscii(source, asciiOnly) : source),
    release: session.release,
    destroy: session.destroy,
  }
}

function whyAsciiOnly({ extensions }: NextHopSession, parameters: string[]): Failure | undefined {
  if (announceUtf8(parameters) && !extensions.has('SMTPUTF8')) return new Failure('NEXT_HOP_WITHOUT_SMTPUTF8')
  if (announce8bit(parameters) && !extensions.has('8BITMIME')) return new Failure('NEXT_HOP_WITHOUT_8BITMIME')
  return undefined
}

/** The source, which fails with this failure at its first byte beyond ASCII. It is read only when this is, and ends with it. */
function asAscii(source: Chunks, failure: Failure): Readable {
  keepQuiet(source)
  const chunks = source[Symbol.asyncIterator]()
  const ascii = new Readable({
    read: () => {
      chunks.next().then(
        ({ done, value }) => {
          if (done) ascii.push(null)
          else if (isAscii(Buffer.from(value))) ascii.push(value)
          else ascii.destroy(failure)
        },
        (error: Error) => ascii.destroy(error),
      )
    },
    // Not by way of the iterator: that would wait for a source that says nothing.
    destroy: (error, done) => {
      source.destroy()
      done(error)
    },
  })
  return ascii
}
