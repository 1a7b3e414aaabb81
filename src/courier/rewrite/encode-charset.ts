import iconv from 'iconv-lite'
import { nearestAscii } from '#texts/nearest-ascii.ts'
import type { Slot } from '#model.ts'

/** Where the state of the encoding at the slot, or the sign that would change it, makes anything but ASCII unsafe. */
const asciiOnly = /^(?:cs)?(?:iso-?2022|utf-?7|unicode-1-1-utf-7|hz)/

/** Charsets in which even ASCII takes several bytes. */
const wide = /^(?:utf-?16|utf-?32|ucs-?[24]|unicode$|iso-10646-ucs)/

const ascii = `\r\n${String.fromCharCode(...Array.from({ length: 0x5f }, (_, index) => 0x20 + index))}`

/** True where a character takes two or four bytes, line ends included. */
export function isWide(charset: string): boolean {
  return wide.test(charset)
}

/**
 * Text in the charset of a slot. Characters that the charset lacks become their nearest ASCII (é e, – -); the
 * part's transfer encoding may leave nothing but ASCII to use.
 */
export function encodeCharset(text: string, slot: Slot): Buffer {
  const { charset, encoding } = slot
  if (isWide(charset)) {
    // Such text cannot stand in a mail's lines as it is. Where a part claims that it does, ASCII breaks nothing.
    if (encoding !== 'base64' && encoding !== 'quoted-printable') return Buffer.from(nearestAscii(text), 'latin1')
    return iconv.encode(text, wideName(slot))
  }
  if (asciiOnly.test(charset)) return Buffer.from(shielded(nearestAscii(text), charset), 'latin1')
  if (encoding === '7bit' || !extendsAscii(charset)) return Buffer.from(nearestAscii(text), 'latin1')
  const whole = iconv.encode(text, charset)
  if (iconv.decode(whole, charset, { stripBOM: false }) === text) return whole
  const fitting = Array.from(text, character => (survives(character, charset) ? character : nearestAscii(character)))
  return iconv.encode(fitting.join(''), charset)
}

/** False for charsets that the library lacks, and for what it only takes for one (`hex`, `base64`). */
function extendsAscii(charset: string): boolean {
  return iconv.encodingExists(charset) && iconv.encode(ascii, charset).equals(Buffer.from(ascii))
}

function survives(character: string, charset: string): boolean {
  return iconv.decode(iconv.encode(character, charset), charset, { stripBOM: false }) === character
}

/** Signs that introduce something else in these charsets: `+` in UTF-7 (RFC 2152), `~` in HZ (RFC 1843). */
function shielded(text: string, charset: string): string {
  if (charset.includes('hz')) return text.replaceAll('~', '~~')
  if (!/utf-?7/.test(charset)) return text
  return text.replace(/[+~\\]/g, sign => (sign === '+' ? '+-' : iconv.encode(sign, 'utf-7').toString('latin1')))
}

/** The byte order is that of the charset's name, else of a byte order mark before the slot, else little-endian. */
function wideName({ charset, before }: Slot): string {
  const bigEndian = charset.endsWith('be') || (!charset.endsWith('le') && /^(?:\xfe\xff|\0\0)/.test(before))
  return `${/32|-?4$/.test(charset) ? 'utf-32' : 'utf-16'}${bigEndian ? 'be' : 'le'}`
}
