import { Readable } from 'node:stream'
import type { NextHopSession } from '#next-hop/next-hop.ts'
import { openSmtpNextHop, type SmtpSettings } from '#next-hop/smtp-next-hop.ts'

/** A next hop on this port of 127.0.0.1, without TLS, that waits two seconds for an answer. */
export function smtpTo(
  port: number,
  settings: Partial<SmtpSettings> = {},
  warn: (sentence: string) => void = () => undefined,
) {
  const defaults = { kind: 'smtp', host: '127.0.0.1', port, tls: 'none', connections: 20, timeoutSeconds: 2 } as const
  return openSmtpNextHop({ ...defaults, ...settings }, 'kuvert.test', warn)
}

/** These bytes, cut into pieces of the sizes that `size` gives. */
export function inPieces(bytes: Buffer, size: () => number): Readable {
  return Readable.from(
    (function* () {
      for (let start = 0; start < bytes.length;) {
        const end = start + Math.max(1, size())
        yield bytes.subarray(start, end)
        start = end
      }
    })(),
    { objectMode: false },
  )
}

/** A source that gives `first` and then fails with `error`. */
export function failing(first: string, error: Error): Readable {
  let given = false
  return new Readable({
    read() {
      if (given) return void setTimeout(() => this.destroy(error), 20)
      given = true
      this.push(first)
    },
  })
}

/** A whole transaction to one recipient; returns the last reply. */
export async function sendOne(session: NextHopSession, text: string, recipient = 'r@example.org') {
  await session.mail('s@example.org', [])
  await session.rcpt(recipient, [])
  return session.data(Readable.from([Buffer.from(text)]))
}

/** What was written to our line just now has come. */
export async function arrival(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 50))
}

/** Full of what stuffing can get wrong. */
export const dottyMail = Buffer.from(
  [
    '.',
    '..',
    '...',
    '.a',
    '. ',
    'a.b',
    '',
    '.',
    '',
    'end.',
    '.\t.',
    `${'.'.repeat(300)}`,
    'å.',
    '.ö',
    '',
    '.',
    '',
  ].join('\r\n'),
)
