import iconv from 'iconv-lite'
import { decodeText } from '#mail/header-fields.ts'

/**
 * What a more lenient client than ours might show for a raw field value (one character a byte) whose proper
 * reading is `text`: encoded words without their end or with the wrong charset (RFC 2047), UTF-7, percent and
 * HTML escapes, and UTF-8 that was taken for windows-1252 somewhere. Takes time in proportion to the value.
 */
export function otherReadings(value: string, text: string): string[] {
  const readings = [decodeText(withoutEncodings(value)), withoutUtf7(text), withoutEscapes(text)]
  const repaired = withoutMojibake(text)
  if (repaired !== undefined) readings.push(repaired)
  return readings.filter(reading => reading !== text)
}

function withoutEncodings(value: string): string {
  return value
    .replace(/=\?[^?\s]{1,60}\?b\?([a-z0-9+/=\s]*)(?:\?=)?/gi, (_, base64: string) =>
      Buffer.from(base64, 'base64').toString('latin1'),
    )
    .replace(/=\?[^?\s]{1,60}\?q\?|\?=/gi, '')
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

function withoutEscapes(text: string): string {
  return text
    .replace(/%([0-9a-f]{2})/gi, fromHex)
    .replace(/&#(\d{1,3});/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x([0-9a-f]{1,2});/gi, fromHex)
}

function withoutMojibake(text: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(iconv.encode(text, 'windows-1252')).normalize('NFC')
  } catch (error) {
    // Not UTF-8: nothing was garbled in this way.
    if (error instanceof TypeError) return undefined
    throw error
  }
}

function fromHex(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
