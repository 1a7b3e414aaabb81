import iconv from 'iconv-lite'
import { decodeText } from '#mail/header-fields.ts'
import { isAscii } from './spelling.ts'

/**
 * What a more lenient client than ours might show for a raw field value (one character a byte) whose proper
 * reading is `text`: encoded words without their end or with the wrong charset (RFC 2047), UTF-7, the escapes
 * of URLs, HTML and JSON, UTF-8 that was taken for windows-1252 on its way, and letters that are shown from right to
 * left. Takes time in proportion to the value.
 */
export function otherReadings(value: string, text: string): string[] {
  const readings = [decodeText(withoutEncodings(value)), withoutUtf7(text), withoutEscapes(text), withoutMojibake(text)]
  return [...readings, ...turnedAround(text)].filter(reading => reading !== text)
}

function withoutEncodings(value: string): string {
  return value
    .replace(/=\?[^?\s]{1,60}\?b\?([a-z0-9+/=\s]*)(?:\?=)?/gi, (_, base64: string) =>
      Buffer.from(base64, 'base64').toString('latin1'),
    )
    .replace(/=\?[^?\s]{1,60}\?\w{1,3}\?|\?=/gi, '')
    .replace(/=([0-9a-f]{2})/gi, fromHex)
    .replaceAll('_', ' ')
}

function withoutUtf7(text: string): string {
  return text.replace(/\+([a-z0-9+/]{3,})-?/gi, (_, base64: string) => {
    const bytes = Buffer.from(base64, 'base64')
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le')
  })
}

const entities: ReadonlyMap<string, string> = new Map([
  ['lbrack', '['],
  ['rbrack', ']'],
  ['aring', 'å'],
  ['auml', 'ä'],
  ['ouml', 'ö'],
])

function withoutEscapes(text: string): string {
  return decodeText(text.replace(/%([0-9a-f]{2})/gi, fromHex))
    .replace(/&([a-z]{4,6});/gi, (escape, name: string) => entities.get(name.toLowerCase()) ?? escape)
    .replace(/&#(\d{1,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/(?:&#x([0-9a-f]{1,2});|\\u([0-9a-f]{4}))/gi, (_, html?: string, json?: string) =>
      fromHex('', html ?? json ?? ''),
    )
}

function withoutMojibake(text: string): string {
  if (isAscii(text)) return text
  return iconv.encode(text, 'windows-1252').toString('utf8').normalize('NFC')
}

/** The right-to-left override (U+202E) turns letters around, and each bracket with them. */
function turnedAround(text: string): string[] {
  if (!text.includes('\u202e')) return []
  const turned = Array.from(text, character => mirrored.get(character) ?? character)
  return [turned.toReversed().join('')]
}

const mirrored = new Map([
  ['[', ']'],
  [']', '['],
])

function fromHex(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
