import iconv from 'iconv-lite'
import type { BodyCharset } from './body-charset.ts'
import type { BodySurvey } from './survey-body.ts'
import { insertion, type Edit } from './edits.ts'
import { findBase64Character } from '#mail/base64.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { findParameter } from '#mail/parameters.ts'
import type { Part } from '#mail/part.ts'
import { findQuotedPrintableByte } from '#mail/quoted-printable.ts'
import type { ByteRange, Slot } from '#model.ts'

/** How far is looked for what stands on the same line. */
const nearBytes = 1000

/** A body that has been surveyed and can be written into. */
interface Body {
  source: MailSource
  part: Part
  survey: BodySurvey
  charset: BodyCharset
}

/**
 * Makes room for the link block in a text: an edit whose slot stands at the start of an encoded line; at the top where
 * nothing can be added to the end. Null where nothing can be written into the text without guessing.
 */
export async function placeSlot(
  source: MailSource,
  part: Part,
  survey: BodySurvey,
  wanted: Slot['position'],
): Promise<Edit | null> {
  const kind = part.contentType.value === 'text/html' ? 'html' : 'text'
  const position = canEndWith(kind, survey) ? wanted : 'top'
  const { charset } = survey
  if (!charset || !canBeWritten(kind, charset)) return null
  const slot: Omit<Slot, 'offset'> = {
    kind,
    charset: charset.name,
    encoding: needsEightBit(part, survey) ? '8bit' : part.encoding,
    flowed: isFlowed(part),
    position,
    before: '',
    after: '',
  }
  const body: Body = { source, part, survey, charset }
  const decodedAt = decodedPlace(survey, kind, position)
  const isBelowText = kind === 'text' && position === 'bottom'
  const lineEnds = isBelowText ? lineEndsBelow(survey, slot.flowed) : ''
  if (part.encoding === 'base64') return placeInBase64(body, decodedAt, lineEnds, slot)
  const edit = await placeInLines(body, decodedAt, lineEnds)
  return edit ? { ...edit, slot } : placeElsewhere(source, part, survey, slot)
}

/** Where the line of a signature is no line of its own as it is encoded, below it; or else above everything. */
async function placeElsewhere(
  source: MailSource,
  part: Part,
  survey: BodySurvey,
  { kind, position }: Pick<Slot, 'kind' | 'position'>,
): Promise<Edit | null> {
  if (position === 'top') return null
  const next = kind === 'text' && survey.signature ? 'bottom' : 'top'
  return placeSlot(source, part, { ...survey, signature: null }, next)
}

/** UTF-7 has no plain letters for what HTML is made of. */
function canBeWritten(kind: Slot['kind'], charset: BodyCharset): boolean {
  return kind === 'text' || charset.family !== 'utf-7'
}

/** Above a text that is empty, or a signature only, is the same as below it. */
function canEndWith(kind: Slot['kind'], survey: BodySurvey): boolean {
  if (!survey.endsAscii) return false
  return kind === 'html' || decodedPlace(survey, 'text', 'bottom') > survey.markBytes
}

function decodedPlace(survey: BodySurvey, kind: Slot['kind'], position: Slot['position']): number {
  if (kind === 'html') return survey.places[position]
  if (position === 'top') return survey.markBytes
  return survey.signature?.at ?? survey.decodedBytes
}

/** RFC 3676. */
function isFlowed(part: Part): boolean {
  const format = findParameter(part.contentType, 'format')?.value.toLowerCase()
  return format === 'flowed' && part.contentType.value === 'text/plain'
}

/** What the block below a text, or above its signature, needs to start on a line, and in a paragraph, of its own. */
function lineEndsBelow(survey: BodySurvey, flowed: boolean): string {
  if (survey.signature) return flowed && survey.signature.followsBlank ? '\r\n' : ''
  return (survey.endsLine ? '' : '\r\n') + (flowed && survey.endsBlank ? '\r\n' : '')
}

/** True for a text in 7bit that may need more: the link block then makes it 8bit. HTML is written in pure ASCII. */
export function needsEightBit(part: Part, survey: BodySurvey): boolean {
  return part.encoding === '7bit' && part.contentType.value === 'text/plain' && survey.charset?.family === 'ascii'
}

/** Null where the cut would make a boundary line of what stands behind it. */
async function placeInLines(body: Body, decodedAt: number, lineEnds: string): Promise<Edit | null> {
  const { source, part } = body
  const isQuoted = part.encoding === 'quoted-printable'
  const at = await encodedPlace(body, decodedAt)
  const ahead = await text(source, { start: Math.max(at - nearBytes, part.body.start), end: at })
  const behind = await text(source, { start: at, end: Math.min(at + nearBytes, part.body.end) })
  if (isQuoted && endsInBlanks(part, at, ahead)) return null
  if (startsLine(ahead)) return insertion(at, lineEnds)
  // A line that ends here anyway need not be cut.
  const lineEnd = lineEnds === '' && (isQuoted ? /^=?[ \t]*\r\n/ : /^[ \t]*\r\n/).exec(behind)
  if (lineEnd) return insertion(at + lineEnd[0].length, '')
  if (behind.startsWith('--')) return null
  if (!isQuoted) return insertion(at, lineEnds || '\r\n')
  const isSoftBroken = /=[ \t]*$/.test(ahead)
  return insertion(at, isSoftBroken ? `\r\n${lineEnds}` : lineEnds || '=\r\n')
}

/** RFC 2045 section 6.7: blanks at the end of a text count for nothing, but would before something. */
function endsInBlanks(part: Part, at: number, ahead: string): boolean {
  return at === part.body.end && /[ \t]$/.test(ahead)
}

async function encodedPlace({ source, part, survey }: Body, decodedAt: number): Promise<number> {
  if (decodedAt === 0) return part.body.start
  if (decodedAt === survey.decodedBytes) return part.body.end
  if (part.encoding === 'quoted-printable') return findQuotedPrintableByte(source, part.body, decodedAt)
  return part.body.start + decodedAt
}

/** Base64 is cut between two quanta; what stood in the one that is cut is written anew, around the block. */
async function placeInBase64(
  body: Body,
  decodedAt: number,
  lineEnds: string,
  slot: NonNullable<Edit['slot']>,
): Promise<Edit> {
  const { source, part, survey, charset } = body
  const first = Math.floor(decodedAt / 3) * 4
  const start = await findBase64Character(source, part.body, first)
  let end = start
  let quantum = Buffer.alloc(0)
  if (decodedAt % 3 !== 0) {
    // The padding may be missing.
    end = Math.min((await findBase64Character(source, part.body, first + 3)) + 1, part.body.end)
    quantum = Buffer.from(await text(source, { start, end }), 'base64')
    // Without the end of its line, which would leave an empty one.
    const behind = await text(source, { start: end, end: Math.min(end + nearBytes, part.body.end) })
    end += /^([ \t]*\r\n)?/.exec(behind)![0].length
  }
  // Of padding that is too long, nothing is left below the block.
  if (decodedAt === survey.decodedBytes) end = part.body.end
  const before = Buffer.concat([quantum.subarray(0, decodedAt % 3), encodeAscii(lineEnds, charset)])
  const whole = before.subarray(0, before.length - (before.length % 3))
  const ahead = await text(source, { start: Math.max(start - 2, part.body.start), end: start })
  const encoded = whole.length === 0 ? '' : `${whole.toString('base64')}\r\n`
  return {
    range: { start, end },
    bytes: Buffer.from((startsLine(ahead) ? '' : '\r\n') + encoded),
    slot: {
      ...slot,
      before: before.toString('latin1', whole.length),
      after: quantum.toString('latin1', decodedAt % 3),
    },
  }
}

function encodeAscii(ascii: string, charset: BodyCharset): Buffer {
  return charset.family === 'utf-16' ? iconv.encode(ascii, charset.name, { addBOM: false }) : Buffer.from(ascii)
}

function startsLine(ahead: string): boolean {
  return ahead === '' || ahead.endsWith('\n')
}

async function text(source: MailSource, range: ByteRange): Promise<string> {
  return (await source.read(range)).toString('latin1')
}
