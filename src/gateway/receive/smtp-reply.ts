import type { Logger } from 'pino'
import { Failure, failures } from '#failure.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import { ClientGone, type Session } from './client.ts'

/** The SMTP reply for a failure: both codes come from the one entry of the catalogue. */
export function replyFor(failure: Failure): Reply {
  const kind = failures[failure.code]
  const enhanced = `${Math.floor(kind.smtp / 100)}.${kind.enhanced}`
  return { code: kind.smtp, lines: fold(failure.message).map(line => `${enhanced} ${line}`) }
}

/**
 * A reply as it is written (RFC 5321 section 4.2.1). Its lines may quote what a client or the next hop said: no control
 * character in them can end a line.
 */
export function formatReply({ code, lines }: Reply): string {
  const last = lines.length - 1
  if (last < 1) return `${code} ${printable(lines[0] ?? '')}\r\n`
  return lines.map((line, index) => `${code}${index < last ? '-' : ' '}${printable(line)}\r\n`).join('')
}

// oxlint-disable-next-line no-control-regex -- refusing control characters is the point
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

function printable(text: string): string {
  return text.replace(control, ' ')
}

/** The reply for whatever was thrown, which is logged. */
export function replyForError(log: Logger, session: Session, error: unknown): Reply {
  const about = { err: error, connection: session.id, address: session.remoteAddress }
  if (error instanceof Failure) {
    log[error.cause === undefined ? 'info' : 'warn'](about, error.message)
    return replyFor(error)
  }
  const id = session.mail?.id ?? session.id
  if (error instanceof ClientGone) log.info(about, 'a client went away before its answer')
  else log.error({ ...about, id }, 'a mail could not be handled')
  return replyForFault(id)
}

/** The reply for anything else that was thrown: our bug or an outage. Mail never bounces because of us. */
function replyForFault(id: string): Reply {
  return { code: 451, lines: [`4.3.0 Not accepted now: something went wrong here (${id}); try again later.`] }
}

// RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets.
const maxLineCharacters = 200

function fold(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= maxLineCharacters)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
