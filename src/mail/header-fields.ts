import { isUtf8 } from 'node:buffer'
import libmime from 'libmime'
import type { ByteRange } from '#model.ts'

/** One field of a header section (RFC 5322 section 2.2). */
export interface HeaderField {
  /** Lower case, without white space. */
  name: string
  /** The whole field with its continuation lines and line ends; offsets from the start of the section. */
  range: ByteRange
  /** What follows the colon, unfolded and trimmed, one character a byte (latin1). */
  value: string
}

export interface HeaderSection {
  fields: HeaderField[]
  /** Lines that are no field: no colon, or white space where a name should be. */
  malformedLines: number
}

/**
 * Reads a header section: the bytes from the start of a mail or part up to its blank line, which may be
 * included. Nothing is decoded; lines end with CRLF.
 */
export function readHeaderFields(section: Buffer): HeaderSection {
  const fields: HeaderField[] = []
  let malformedLines = 0
  for (let start = 0; start < section.length;) {
    const lineFeed = section.indexOf(0x0a, start)
    const end = lineFeed === -1 ? section.length : lineFeed + 1
    const line = section.toString('latin1', start, end).replace(/\r?\n$/, '')
    const last = fields.at(-1)
    if (line === '') break
    if (/^[ \t]/.test(line) && last && last.range.end === start) {
      last.range.end = end
      last.value += line
    } else {
      const field = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(line)
      if (field)
        fields.push({ name: field[1]!.toLowerCase(), range: { start, end }, value: line.slice(field[0].length) })
      else malformedLines += 1
    }
    start = end
  }
  for (const field of fields) field.value = withoutBlanks(field.value)
  return { fields, malformedLines }
}

/** Not `trim()`: among these bytes, A0 is no blank but half of an UTF-8 letter such as `à`. */
function withoutBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start += 1
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1
  return value.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** The fields of that name (lower case), in order. */
export function fieldsNamed(fields: HeaderField[], name: string): HeaderField[] {
  return fields.filter(field => field.name === name)
}

/**
 * The text of an unstructured field: RFC 2047 words decoded, raw letters as `decodeRaw` reads them; NFC, without
 * control characters.
 */
export function decodeText(value: string): string {
  // As most are: nothing is there to decode.
  if (/^[ -~]*$/.test(value) && !value.includes('=?')) return value
  return libmime
    .decodeWords(decodeRaw(value.replace(encodedWord, escapeRaw)))
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}

/**
 * Raw letters (one character a byte) as text: UTF-8 (RFC 6532), of which a bad byte spoils no more than its own
 * character; windows-1252 where no letter of UTF-8 is among them.
 */
export function decodeRaw(value: string): string {
  if (/^[\0-\x7f]*$/.test(value)) return value
  const bytes = Buffer.from(value, 'latin1')
  return isUtf8(bytes) || utf8Letter.test(value) ? bytes.toString('utf8') : windows1252.decode(bytes)
}

const windows1252 = new TextDecoder('windows-1252')

const encodedWord = /=\?[\w*-]+\?q\?[^?]*\?=/gi

/** A raw letter within an encoded word is one of the word's charset, whatever the letters around the word are. */
function escapeRaw(word: string): string {
  return word.replace(/[\x80-\xff]/g, byte => `=${byte.charCodeAt(0).toString(16)}`)
}

/** A letter of UTF-8 in bytes of any encoding; two bytes of windows-1252 that look like one are rare in words. */
const utf8Letter =
  /[\xc2-\xdf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xe0[\xa0-\xbf][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}/

/** Offset of the first byte after the blank line that ends a header section, or -1 where there is none yet. */
export function findHeaderEnd(bytes: Buffer): number {
  if (bytes.length >= 2 && bytes[0] === 0x0d && bytes[1] === 0x0a) return 2
  const at = bytes.indexOf('\r\n\r\n')
  return at === -1 ? -1 : at + 4
}
