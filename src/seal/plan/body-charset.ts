import iconv from 'iconv-lite'
import { findParameter } from '#mail/parameters.ts'
import type { Part } from '#mail/part.ts'

/**
 * How the bytes of a text can be read and written into:
 * - ascii: ASCII stands for itself and no byte of another character is taken for `<`, `>`, a quote or a line end
 * - escapes: ISO 2022, ASCII between escape sequences
 * - utf-7: ASCII can be written, but tags cannot be found
 * - utf-16: two bytes each
 */
export interface BodyCharset {
  /** As the slot names it. */
  name: string
  family: 'ascii' | 'escapes' | 'utf-7' | 'utf-16'
  /** True where the part says nothing, or US-ASCII: a text must then be labelled UTF-8 to be written into. */
  unlabelled: boolean
}

const asciiNames = ['', 'us-ascii', 'ascii', 'ansi_x3.4-1968', 'iso646-us']

/** ASCII is ASCII in them, but also the rest of the characters is written with it. */
const asciiLookalikes = ['binary', 'internal', 'utf-7-imap', 'hz-gb-2312']

/** The charset of a text part; null for one that nothing can be written into. */
export function bodyCharset(part: Part): BodyCharset | null {
  const name = findParameter(part.contentType, 'charset')?.value.trim().toLowerCase() ?? ''
  // RFC 1556: the direction of Hebrew and Arabic is no matter of the encoding.
  const bare = name.replace(/^(iso-8859-[68])-[ei]$/, '$1')
  if (asciiNames.includes(name)) return { name: 'utf-8', family: 'ascii', unlabelled: true }
  if (/^iso-2022-(jp|kr|cn)/.test(name)) return { name, family: 'escapes', unlabelled: false }
  if (name === 'utf-7') return { name, family: 'utf-7', unlabelled: false }
  if (/^utf-16(le|be)?$/.test(name)) return { name, family: 'utf-16', unlabelled: false }
  return isAsciiBased(bare) ? { name: bare, family: 'ascii', unlabelled: false } : null
}

function isAsciiBased(name: string): boolean {
  if (asciiLookalikes.includes(name) || !iconv.encodingExists(name)) return false
  // iconv-lite takes base64, hex and such for charsets too; they fail the comparison.
  const sample = '<a href="x">\r\n'
  return iconv.encode(sample, name).equals(Buffer.from(sample))
}
