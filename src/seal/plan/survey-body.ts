import { isAscii } from 'node:buffer'
import { bodyCharset, type BodyCharset } from './body-charset.ts'
import { searchCarriedFiles } from './carried-files.ts'
import { htmlPlaces, type HtmlPlaces } from './html-places.ts'
import { findTextProtection, type Protection } from './protection.ts'
import { shownImages } from './shown-images.ts'
import { findSignature, type SignaturePlace } from './signature.ts'
import { textUnits } from './text-units.ts'
import type { MailSource } from '#mail/mail-source.ts'
import type { Part } from '#mail/part.ts'
import { decodePart } from '#mail/transfer-encoding.ts'

/** What must be known of a text before it is decided on. Offsets count decoded bytes. */
export interface BodySurvey {
  /** Null where nothing can be written into it. */
  charset: BodyCharset | null
  decodedBytes: number
  /** Length of a byte order mark that stays in front. */
  markBytes: number
  places: HtmlPlaces
  endsLine: boolean
  /** False where an escape sequence, a shift or half a character is still open at the end. */
  endsAscii: boolean
  /** Where the line `-- ` starts that makes a signature of all that follows (RFC 3676 section 4.3); null without one. */
  signature: SignaturePlace | null
  /** True where the last line ends with a blank: in format=flowed it goes on in the next (RFC 3676 section 4.1). */
  endsBlank: boolean
  protection: Protection | null
  /** True if a file is written into the text, in any form that `searchCarriedFiles` knows. */
  carriesFile: boolean
  /** Those of the wanted Content-IDs whose image an HTML text shows. */
  shows: Set<string>
}

/** Of the start and the end of a text, which say how it is protected and how it ends. */
const startCharacters = 4096
const endCharacters = 8

/** Reads a text once, as a stream. Throws `BrokenEncoding` where it does not decode strictly. */
export async function surveyBody(source: MailSource, part: Part, wanted: Set<string>): Promise<BodySurvey> {
  const blocks = decodePart(source, part.body, part.encoding)
  const mark = await readMark(source, part)
  const labelled = bodyCharset(part)
  const bigEndian = mark === 'utf-16be' || labelled?.name === 'utf-16be'
  const units = textUnits(labelled?.family ?? 'ascii', bigEndian)
  const images = shownImages(wanted)
  const html = htmlPlaces(part.contentType.value === 'text/html' ? images.see : undefined)
  const utf8 = utf8Check()
  const text = textEnds()
  const carried = searchCarriedFiles(part.contentType.value)
  const signature = findSignature()
  let decodedBytes = 0
  for await (const block of blocks) {
    decodedBytes += block.length
    utf8.write(block)
    const read = units.write(block)
    html.write(read)
    signature.write(read)
    const characters = read.toString('latin1')
    text.write(characters)
    carried.write(characters)
  }
  const places = html.end()
  const markBytes = mark !== null && labelled?.family === 'utf-16' ? 2 : 0
  return {
    charset: writableCharset(labelled, mark, part, utf8.end()),
    decodedBytes,
    markBytes,
    places: {
      top: Math.max(places.top * units.size, markBytes),
      bottom: Math.max(places.bottom * units.size, markBytes),
    },
    endsAscii: units.endsAscii(),
    signature: signature.end(units.size),
    carriesFile: carried.end(),
    shows: images.found,
    ...text.end(),
  }
}

/** Says UTF-16 with its byte order; null where that, or the charset itself, would be a guess. */
function writableCharset(
  labelled: BodyCharset | null,
  mark: string | null,
  part: Part,
  isUtf8: boolean,
): BodyCharset | null {
  if (labelled?.unlabelled && !isUtf8 && part.contentType.value === 'text/plain') return null
  if (labelled?.family !== 'utf-16') return labelled
  // Line ends of UTF-16 are not those of a mail: it can only be encoded.
  if (part.encoding !== 'base64') return null
  if (labelled.name !== 'utf-16') return mark === null || mark === labelled.name ? labelled : null
  return mark === null ? null : { ...labelled, name: mark }
}

async function readMark(source: MailSource, part: Part): Promise<'utf-16le' | 'utf-16be' | null> {
  let start = ''
  for await (const block of decodePart(source, part.body, part.encoding)) {
    start += block.toString('latin1', 0, 2)
    if (start.length >= 2) break
  }
  if (start.startsWith('\xff\xfe')) return 'utf-16le'
  return start.startsWith('\xfe\xff') ? 'utf-16be' : null
}

function utf8Check() {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let valid = true
  let ascii = true
  function decode(block?: Buffer): void {
    try {
      decoder.decode(block, { stream: block !== undefined })
    } catch {
      // Not an error but the answer.
      valid = false
    }
  }
  return {
    write(block: Buffer): void {
      ascii &&= isAscii(block)
      if (valid && !ascii) decode(block)
    },
    end(): boolean {
      if (valid && !ascii) decode()
      return valid
    },
  }
}

/** The start and the end of a text that comes in blocks. */
function textEnds() {
  let start = ''
  let recent = '\n'
  return {
    write(block: string): void {
      if (start.length < startCharacters) start += block.slice(0, startCharacters - start.length)
      recent = (recent + block.slice(-endCharacters)).slice(-endCharacters)
    },
    end() {
      const endsBlank = / (\r\n)?$/.test(recent)
      return { protection: findTextProtection(start), endsLine: recent.endsWith('\n'), endsBlank }
    },
  }
}
