import type { Logger } from 'pino'
import { Failure, failures, isTold, type SmtpFailure } from '#failure.ts'
import type { Language } from '#model.ts'
import type { Reply } from '#next-hop/next-hop.ts'
import { announceUtf8 } from '#next-hop/parameters.ts'
import { nearestAscii } from '#texts/nearest-ascii.ts'
import type { Tongue } from '#texts/words.ts'
import { ClientGone, type Session } from './client.ts'

/**
 * The SMTP reply for a failure, with the codes of its entry in the catalogue. A sentence that senders hear is said in the
 * organisation's language first, then in the other. Without `letters` it is said in ASCII, which is all that a reply may
 * have (RFC 5321 section 4.2); UTF-8 is for clients that have announced SMTPUTF8 (RFC 6531 section 3.7.4). Others show
 * whatever their own character set makes of it, and MTAs that quote it in a bounce put question marks there.
 */
export function replyFor(failure: SmtpFailure, tongue: Tongue = english): Reply {
  const [code, enhanced] = failures[failure.code].smtp.split(' ')
  const lines = sentencesFor(failure, tongue).flatMap(sentence => fold(sentence))
  return { code: Number(code), lines: lines.map(line => `${enhanced} ${line}`) }
}

/** What a client hears of a failure: one sentence, or one in each language, this one first. */
export function sentencesFor(failure: SmtpFailure, tongue: Tongue): string[] {
  const languages: Language[] = !failure.isTranslated ? ['en'] : tongue.language === 'sv' ? ['sv', 'en'] : ['en', 'sv']
  const sentences = languages.map(language => failure.tellIn({ ...tongue, language }))
  return tongue.letters ? sentences : sentences.map(nearestAscii)
}

const english: Tongue = { language: 'en', letters: false }

/**
 * A reply as it is written (RFC 5321 section 4.2.1). Its lines may quote what a client or the next hop said: no control
 * character in them can end a line.
 */
export function formatReply({ code, lines }: Reply): string {
  const last = lines.length - 1
  if (last < 1) return `${code} ${printable(lines[0] ?? '')}\r\n`
  return lines.map((line, index) => `${code}${index < last ? '-' : ' '}${printable(line)}\r\n`).join('')
}

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

function printable(text: string): string {
  return text.replace(control, ' ')
}

/** The reply for whatever was thrown, which is logged; `language` is the organisation's. */
export function replyForError(host: { log: Logger; language: Language }, session: Session, error: unknown): Reply {
  const { log, language } = host
  const about = { err: error, connection: session.id, address: session.remoteAddress }
  if (isTold(error, 'smtp')) {
    log[error.cause === undefined ? 'info' : 'warn'](about, error.message)
    return replyFor(error, { language, letters: announceUtf8(session.mail?.parameters ?? []) })
  }
  const id = session.mail?.id ?? session.id
  if (error instanceof ClientGone) log.info(about, 'a client went away before its answer')
  else log.error({ ...about, id }, 'a mail could not be handled')
  // Mail never bounces because of a bug or an outage of ours.
  return replyFor(new Failure('OUR_FAULT', { id }))
}

// RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets, with its codes and line end. Few clients show long ones.
const usualOctets = 200
const mostOctets = 490

function fold(sentence: string): string[] {
  const lines: string[] = []
  for (const word of sentence.split(' ').flatMap(pieces)) {
    const line = lines.at(-1)
    if (line !== undefined && Buffer.byteLength(`${line} ${word}`) <= usualOctets)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A word that is longer than a line may be, such as a list without blanks. */
function pieces(word: string): string[] {
  if (Buffer.byteLength(word) <= mostOctets) return [word]
  const parts = ['']
  for (const character of word) {
    if (Buffer.byteLength(parts.at(-1)! + character) > mostOctets) parts.push('')
    parts[parts.length - 1] += character
  }
  return parts
}
