import { Failure } from '#failure.ts'
import { findHeader, maxHeaderBytes } from './find-header.ts'
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

/**
 * Finds the parts of a mail by offset, reading it once in large blocks. Throws `MAIL_AMBIGUOUS` wherever two
 * readers of MIME may find different parts, and `MAIL_UNSUPPORTED` for a transfer encoding that is not MIME's.
 */
export async function split(source: MailSource, { blockBytes = defaultBlockBytes } = {}): Promise<Part> {
  const reading: Reading = {
    source,
    window: openWindow(source, blockBytes),
    boundaries: noBoundaries(),
    open: [],
    parts: 0,
    headerBytes: 0,
    dashedLines: 0,
  }
  const root = await startPart(reading, 0, null, null)
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
  root.body.end = source.sizeBytes
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
  if (!line.closes) return (await startPart(reading, line.end, line.at, owner)).body.start
  if (!above) ambiguous('a multipart has no parts')
  owner.closeAt = line.at
  reading.open.pop()
  reading.boundaries.close(line.boundary)
  return line.end
}

async function startPart(reading: Reading, at: number, delimiterAt: number | null, parent: Part | null): Promise<Part> {
  reading.parts += 1
  if (reading.parts > maxParts) ambiguous('it has more than 1,000 parts')
  const limit = at + maxHeaderBytes - reading.headerBytes
  const { header, bodyStart } = await findHeader(reading.window, at, { limit, isMail: parent === null })
  reading.headerBytes += header.end - at
  const section = await reading.window.slice(at, header.end)
  for (const [line] of section.toString('latin1').matchAll(/^--.*$/gm)) {
    if (reading.boundaries.read(line.slice(0, maxLineBytes))) ambiguous('a part ends within its header')
  }
  const place = {
    header,
    body: { start: bodyStart, end: bodyStart },
    delimiterAt,
    depth: reading.open.length,
  }
  const part = readPart(section, place, parent)
  parent?.children.push(part)
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
