import { Failure, isFailure } from '#failure.ts'
import type { HeaderField, HeaderSection } from '#mail/header-fields.ts'
import type { ByteRange } from '#model.ts'
import { findHeader, maxHeaderBytes, type FoundHeader } from './find-header.ts'
import { checkMailFields, readFields } from './read-fields.ts'
import { boundaryOf, readPart } from './read-part.ts'
import { noBoundaries, type Boundaries, type BoundaryLine } from './boundaries.ts'
import { openWindow, type Window } from './window.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { isMultipart, type Part } from '#mail/part.ts'

const maxParts = 1000
/** Each is looked at, which takes microseconds: so many take less than a second of the one thread that seals. */
const maxDashedLines = 250_000
/** RFC 5322 section 2.1.1 allows 998; a boundary line has 74 and white space. */
const maxLineBytes = 1000
const defaultBlockBytes = 512 * 1024

/** A mail with a clear header. */
export interface SplitMail {
  /** The header section, without the blank line that ends it. */
  header: ByteRange
  fields: HeaderField[]
  /** The outermost part; or why the parts cannot be told: `MAIL_AMBIGUOUS` or `MAIL_UNSUPPORTED`. */
  root: Part | Failure
}

interface Given {
  /** Of this mail, if `readHeaderFields` has read it already. */
  header?: HeaderSection
  blockBytes?: number
}

/**
 * Finds the parts of a mail by offset, reading it once in large blocks. They cannot be told if two readers of MIME may find
 * different ones, or if a transfer encoding is not MIME's. Throws `MAIL_AMBIGUOUS` if not even the header is clear: if two
 * readers may find different fields in it, or another sender, date, subject or Message-ID.
 */
export async function splitMail(
  source: MailSource,
  { header: given, blockBytes = defaultBlockBytes }: Given = {},
): Promise<SplitMail> {
  const reading: Reading = {
    source,
    window: openWindow(source, blockBytes),
    boundaries: noBoundaries(),
    open: [],
    parts: 0,
    headerBytes: 0,
    dashedLines: 0,
  }
  const section = await readSection(reading, 0, true)
  const fields = readFields(section.bytes, given)
  checkMailFields(section.bytes, fields)
  try {
    return { header: section.header, fields, root: await findParts(reading, { ...section, fields }) }
  } catch (error) {
    if (!isFailure(error, 'MAIL_AMBIGUOUS', 'MAIL_UNSUPPORTED')) throw error
    return { header: section.header, fields, root: error }
  }
}

/** The parts of a mail, as `splitMail` finds them. Throws if they cannot be told. */
export async function split(source: MailSource, given: Given = {}): Promise<Part> {
  const { root } = await splitMail(source, given)
  if (root instanceof Failure) throw root
  return root
}

async function findParts(reading: Reading, section: Section & Pick<Part, 'fields'>): Promise<Part> {
  const root = startPart(reading, section, null, null)
  let from = root.body.start
  while (isMultipart(root)) {
    const line = await nextBoundaryLine(reading, from)
    if (!line) break
    from = await takeBoundaryLine(reading, line)
  }
  const unclosed = reading.open.at(-1)
  if (unclosed)
    ambiguous(
      unclosed.children.length === 0 ? 'a multipart has no parts' : 'the last boundary line of a multipart is missing',
    )
  root.body.end = reading.source.sizeBytes
  return root
}

interface Reading {
  source: MailSource
  window: Window
  boundaries: Boundaries
  /** Multiparts that are not closed yet, the outermost first. A list, not the call stack: they may be nested deeply. */
  open: Part[]
  parts: number
  headerBytes: number
  /** Lines with two dashes, which may be boundary lines. */
  dashedLines: number
}

interface FoundLine extends BoundaryLine {
  at: number
  /** After its line end. */
  end: number
}

/** Ends the part above the line and starts what the line says. Returns where to read on. */
async function takeBoundaryLine(reading: Reading, line: FoundLine): Promise<number> {
  const owner = reading.open.at(-1)
  if (!owner || boundaryOf(owner) !== line.boundary)
    ambiguous('a multipart ends before the last boundary line of one within it')
  const above = owner.children.at(-1)
  // In a part without a body, the blank line's own CRLF is the one before the boundary.
  if (above) above.body.end = Math.max(above.body.start, line.at - 2)
  if (!line.closes) return (await readChild(reading, line, owner)).body.start
  if (!above) ambiguous('a multipart has no parts')
  owner.closeAt = line.at
  reading.open.pop()
  reading.boundaries.close(line.boundary)
  return line.end
}

/** A header section, and where the body below it starts. The bytes are good until the next look through the window. */
interface Section extends FoundHeader {
  bytes: Buffer
}

async function readSection(reading: Reading, at: number, isMail: boolean): Promise<Section> {
  reading.parts += 1
  if (reading.parts > maxParts) ambiguous('it has more than 1,000 parts')
  const limit = at + maxHeaderBytes - reading.headerBytes
  const found = await findHeader(reading.window, at, { limit, isMail })
  reading.headerBytes += found.header.end - at
  return { ...found, bytes: await reading.window.slice(at, found.header.end) }
}

/** Reads the part below a boundary line. */
async function readChild(reading: Reading, line: FoundLine, parent: Part): Promise<Part> {
  const section = await readSection(reading, line.end, false)
  for (const [dashed] of section.bytes.toString('latin1').matchAll(/^--.*$/gm)) {
    if (reading.boundaries.read(dashed.slice(0, maxLineBytes))) ambiguous('a part ends within its header')
  }
  const part = startPart(reading, { ...section, fields: readFields(section.bytes) }, line.at, parent)
  parent.children.push(part)
  return part
}

function startPart(
  reading: Reading,
  { header, bodyStart, bytes, fields }: Section & Pick<Part, 'fields'>,
  delimiterAt: number | null,
  parent: Part | null,
): Part {
  const body = { start: bodyStart, end: bodyStart }
  const part = readPart(bytes, { header, fields, body, delimiterAt, depth: reading.open.length }, parent)
  if (isMultipart(part)) {
    reading.boundaries.open(boundaryOf(part))
    reading.open.push(part)
  }
  return part
}

/**
 * Finds the next line that is a boundary line. Two dashes are rare in base64: what is not one is passed over fast. Where they
 * are not, nothing is waited for that is in view.
 */
async function nextBoundaryLine(reading: Reading, from: number): Promise<FoundLine | null> {
  const { window } = reading
  for (let next = from; ;) {
    const at = window.findInView('--', next) ?? (await window.indexOf('--', next))
    if (at === -1) return null
    countDashedLine(reading)
    const above = at === from ? '\r\n' : await twoAbove(window, at, from)
    if (/[\r\n]$/.test(above)) {
      const found = await readLine(reading, at)
      if (found && (above !== '\r\n' || !found.endsWell)) ambiguous('a boundary line has line ends that are not CRLF')
      if (found) return found
    }
    const lineEnd = window.findInView('\n', at) ?? (await window.indexOf('\n', at))
    if (lineEnd === -1) return null
    next = lineEnd + 1
  }
}

function countDashedLine(reading: Reading): void {
  reading.dashedLines += 1
  if (reading.dashedLines > maxDashedLines) ambiguous('it has more than 250,000 lines with two dashes')
}

async function twoAbove(window: Window, at: number, from: number): Promise<string> {
  const start = Math.max(from, at - 2)
  return (window.inView(start, at) ?? (await window.slice(start, at))).toString('latin1')
}

/** The boundary line that starts there, if there is one. `endsWell` is false where it ends with a line feed alone. */
async function readLine(
  { window, boundaries, source }: Reading,
  at: number,
): Promise<(FoundLine & { endsWell: boolean }) | null> {
  const lineEnd = Math.min((window.findInView('\n', at) ?? Infinity) + 1, at + maxLineBytes)
  const near = (window.inView(at, lineEnd) ?? (await window.slice(at, lineEnd))).toString('latin1')
  const lineFeed = near.indexOf('\n')
  const text = lineFeed === -1 ? near : near.slice(0, lineFeed).replace(/\r$/, '')
  const isWhole = lineFeed !== -1 || at + near.length === source.sizeBytes
  // A line too long to be one still must not start like one.
  const found = boundaries.read(isWhole ? text : `${text}.`)
  if (!found) return null
  const size = lineFeed === -1 ? near.length : lineFeed + 1
  return { ...found, at, end: at + size, endsWell: size === text.length || size === text.length + 2 }
}

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
