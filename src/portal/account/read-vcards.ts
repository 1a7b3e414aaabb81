import { setImmediate } from 'node:timers/promises'
import { maxContacts } from './contact-problem.ts'
import { decodeAs, decodeText } from './decode-text.ts'
import type { TypedContact } from './check-contact.ts'

/** A line of a card: `item1.EMAIL;TYPE=work:anna@example.org`. */
interface Property {
  /** In capitals, without its group. */
  name: string
  value: string
}

/** Of a name with all its parts; what is kept of it is shorter. */
const maxNameLength = 2000
/** Of one card: far more than a group of the largest size has. */
const maxProperties = 2000

/** Whether a file looks like cards. */
export function isVcards(bytes: Buffer): boolean {
  return /^\s*BEGIN:VCARD/i.test(decodeText(bytes.subarray(0, 200)))
}

/**
 * Reads cards: vCard 2.1 with quoted-printable values and their charsets, 3.0 (RFC 2426) and 4.0 (RFC 6350). A card becomes a
 * contact with its name and all of its addresses; one of a group has those of its members that it names.
 * Reads one card at a time, and mail goes on between them. `too much` for more than 5000 cards, or 2000 lines in one.
 */
export async function readVcards(bytes: Buffer): Promise<TypedContact[] | 'too much'> {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  // A letter may be cut in two by a folded line: lines are put together as bytes.
  const raw = (isUtf16 ? Buffer.from(decodeText(bytes)) : bytes).toString('latin1')
  const cards: TypedContact[] = []
  const written = raw.split(/^BEGIN:VCARD[ \t]*\r?$/im, maxContacts + 2).slice(1)
  if (written.length > maxContacts) return 'too much'
  for (const card of written) {
    await setImmediate()
    const [content = ''] = card.split(/^END:VCARD[ \t]*\r?$/im, 1)
    const lines = linesOf(content)
    if (lines.length > maxProperties) return 'too much'
    cards.push(contactOf(lines.map(readProperty)))
  }
  return cards
}

function contactOf(properties: Property[]): TypedContact {
  const values = (name: string) => properties.filter(each => each.name === name).map(each => each.value)
  const [family = '', given = '', middle = ''] = split(values('N')[0] ?? '')
  const [organisation = ''] = split(values('ORG')[0] ?? '')
  const spelledOut = [given, middle, family].filter(Boolean).join(' ')
  const [nickname = ''] = values('NICKNAME')
  const members = values('MEMBER').filter(member => /^mailto:/i.test(member))
  const addresses = [...values('EMAIL'), ...members].map(value =>
    unescape(value)
      .replace(/^mailto:/i, '')
      .trim(),
  )
  const names = [unescape(values('FN')[0] ?? ''), spelledOut, unescape(nickname), organisation, addresses[0] ?? '']
  return { name: names.find(name => name.trim() !== '') ?? '', addresses: addresses.join(',') }
}

/** Unfolded (RFC 6350 section 3.2). Version 2.1 folds where there is a blank, which stays. */
function linesOf(card: string): string[] {
  const isOld = /^VERSION:2\.1/im.test(card)
  const unfolded = card.replace(/\r\n?/g, '\n').replace(/\n([ \t])/g, isOld ? '$1' : '')
  const lines: string[] = []
  let continues = false
  let isQuoted = false
  for (const line of unfolded.split('\n')) {
    if (continues) lines[lines.length - 1] += `\n${line}`
    else {
      lines.push(line)
      isQuoted = /QUOTED-PRINTABLE/i.test(line.split(':', 1)[0]!)
    }
    continues = isQuoted && line.endsWith('=')
    if (lines.length > maxProperties) break
  }
  return lines
}

function readProperty(line: string): Property {
  // A colon may stand in a parameter, in quotes.
  const match = /^(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^":;])*)*):(.*)$/s.exec(line)
  if (!match) return { name: '', value: '' }
  const [, name = '', parameters = '', value = ''] = match
  const charset = /;CHARSET="?([\w.:-]+)/i.exec(parameters)?.[1]
  const isQuoted = /QUOTED-PRINTABLE/i.test(parameters)
  const bytes = Buffer.from(isQuoted ? withoutQuoting(value) : value, 'latin1')
  const text = (charset === undefined ? null : decodeAs(charset, bytes)) ?? decodeText(bytes)
  return { name: name.toUpperCase(), value: text }
}

function withoutQuoting(value: string): string {
  return value
    .replaceAll('=\n', '')
    .replace(/=([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The parts of a value that has several, such as N. */
function split(value: string): string[] {
  return (value.slice(0, maxNameLength).match(/(?:\\.|[^;\\])+|(?<=;)(?=;)|^(?=;)/gs) ?? []).map(part =>
    unescape(part).trim(),
  )
}

/** RFC 6350 section 3.4. */
function unescape(value: string): string {
  return value.replace(/\\(.)/gs, (_, character: string) => (character === 'n' || character === 'N' ? ' ' : character))
}
