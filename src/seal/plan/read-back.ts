import { createHash } from 'node:crypto'
import { calendarWithoutSummary } from './calendar-summary.ts'
import { checkCarriesNoFile } from './check-copy.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { isMultipart, leaves, type Part } from '#mail/part.ts'
import { mailFromPieces } from '#mail/pieces.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import type { ByteRange, Piece, Plan, Slot } from '#model.ts'

/** A mail and the parts that are found in it. */
interface ReadMail {
  root: Part
  source: MailSource
}

/** The received mail; without parts where they cannot be told. */
interface Original {
  header: ByteRange
  root: Part | null
  source: MailSource
}

/**
 * Makes sure that a plan does what it says. What `split` finds in the slim mail, or in the file that a private text
 * is sealed in, are the parts of the mail that are no files, in their order and unchanged but for the link block's
 * room, and nothing of those that are; in a slim mail that is a header, that. No part of a slim mail carries a file. Throws an Error, because anything else
 * is a mistake of ours; reads in blocks.
 */
export async function readBack(
  original: Original,
  plan: Plan,
  { split, inlineImageKiB }: { split: (source: MailSource) => Promise<Part>; inlineImageKiB: number },
): Promise<void> {
  const { root, source } = original
  const read = async (pieces: Piece[]): Promise<ReadMail> => {
    const written = mailFromPieces(source, pieces)
    try {
      return { source: written, root: await split(written) }
    } catch (cause) {
      // It would be told to the sender, who has nothing to change.
      throw new Error('The slim mail cannot be read', { cause })
    }
  }
  const slim = await read(plan.slim)
  if (plan.copy === 'notice') checkHeaderOnly(original.header, plan.slim, slim.root)
  if (!root) return check(plan.copy === 'notice', 'shows a mail whose parts cannot be told')
  const detached = detachedParts(root, plan)
  if (plan.copy === 'detach') {
    await checkKept({ root, source }, detached, { ...plan, pieces: plan.slim }, slim)
    await checkCarriesNoFile(slim, inlineImageKiB)
  }
  for (const { kind, content } of plan.files) {
    if (kind !== 'body' || !('pieces' in content)) continue
    await checkKept({ root, source }, detached, { pieces: content.pieces, slots: [] }, await read(content.pieces))
  }
}

/** The header of the mail may be in it, and no bytes from below. */
function checkHeaderOnly(header: ByteRange, slim: Piece[], root: Part): void {
  for (const piece of slim)
    check(piece.from === 'us' || piece.range.end <= header.end, 'has bytes from below the header of the mail')
  check(!isMultipart(root) && root.body.start === root.body.end, 'is more than a header')
}

/** Of what is written, each part must be one that was not detached. */
async function checkKept(
  original: ReadMail,
  detached: Part[],
  { pieces, slots }: { pieces: Piece[]; slots: Slot[] },
  written: ReadMail,
): Promise<void> {
  for (const part of detached) checkAbsent(part, pieces)
  const kept = leaves(original.root).filter(part => !detached.includes(part))
  if (kept.length === 0) return checkEmptyText(written.root)
  const found = leaves(written.root)
  check(found.length === kept.length, `has ${found.length} parts instead of ${kept.length}`)
  for (const [index, part] of kept.entries()) await checkSame(original, part, written, found[index]!, slots)
}

function detachedParts(root: Part, { files }: Plan): Part[] {
  const ranges = files.flatMap(file => ('range' in file.content ? [file.content.range] : []))
  const parts = leaves(root).filter(({ body }) =>
    ranges.some(range => range.start === body.start && range.end === body.end),
  )
  check(parts.length === ranges.length, 'leaves out other bytes than whole parts')
  return parts
}

/** The header of the mail itself is no part of the file that a mail may be. */
function checkAbsent(part: Part, pieces: Piece[]): void {
  const start = part.depth === 0 ? part.body.start : part.header.start
  const overlaps = pieces.some(
    piece => piece.from === 'mail' && piece.range.start < part.body.end && piece.range.end > start,
  )
  check(!overlaps, 'has bytes of a detached part')
}

function checkEmptyText(root: Part): void {
  check(root.contentType.value === 'text/plain' && root.body.start === root.body.end, 'is no empty text')
}

async function checkSame(original: ReadMail, part: Part, slim: ReadMail, found: Part, slots: Slot[]): Promise<void> {
  const slot = slots.find(({ offset }) => found.body.start <= offset && offset <= found.body.end)
  const [was, is] = slot
    ? [await hashText(textOf(original.source, part)), await hashText(textAround(slim.source, found, slot))]
    : [await hashRaw(original.source, part.body), await hashRaw(slim.source, await bodyOf(slim.source, found, part))]
  const hasSameBody = was === is || (await isSameCalendar(original.source, part, slim.source, found))
  const isSame = hasSameBody && found.contentType.value === part.contentType.value && found.contentId === part.contentId
  check(isSame, `has another ${part.contentType.value} than the mail`)
  check(slot !== undefined || found.encoding === part.encoding, 'says another transfer encoding than the mail')
}

/** But for its summary, from which the mark is taken. */
async function isSameCalendar(source: MailSource, part: Part, slimSource: MailSource, found: Part): Promise<boolean> {
  if (part.contentType.value !== 'text/calendar') return false
  const was = await calendarWithoutSummary(source, part)
  return was !== null && was === (await calendarWithoutSummary(slimSource, found))
}

/** A part that has become the mail itself may end with the CRLF of the boundary line that stood below it. */
async function bodyOf(source: MailSource, found: Part, part: Part): Promise<ByteRange> {
  const { start, end } = found.body
  const hasLineEnd = found.depth === 0 && part.depth > 0 && end - start === part.body.end - part.body.start + 2
  if (!hasLineEnd || (await source.read({ start: end - 2, end })).toString('latin1') !== '\r\n') return found.body
  return { start, end: end - 2 }
}

function textOf(source: MailSource, { body, encoding }: Part): AsyncIterable<Buffer> {
  return decodePart(source, body, encoding)
}

/** What the courier writes anew around the link block belongs to the text. */
async function* textAround(source: MailSource, { body, encoding }: Part, slot: Slot): AsyncGenerator<Buffer> {
  yield* decodePart(source, { start: body.start, end: slot.offset }, encoding)
  yield Buffer.from(slot.before + slot.after, 'latin1')
  yield* decodePart(source, { start: slot.offset, end: body.end }, encoding)
}

/** Without line ends (of two bytes a character, too): the link block stands on lines of its own. */
async function hashText(blocks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  for await (const block of blocks) hash.update(block.toString('latin1').replace(/[\r\n\0]+/g, ''), 'latin1')
  return hash.digest('hex')
}

async function hashRaw(source: MailSource, body: ByteRange): Promise<string> {
  const hash = createHash('sha256')
  for await (const block of source.stream(body)) hash.update(block)
  return hash.digest('hex')
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`The slim mail ${what}`)
}
