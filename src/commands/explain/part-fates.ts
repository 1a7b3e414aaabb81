import { isMultipart, type Part } from '#mail/part.ts'
import { pieceSize } from '#mail/pieces.ts'
import type { ByteRange, Piece, Plan } from '#model.ts'

/** What the plan makes of one part, in words; nothing for a multipart. */
export function fateOf(part: Part, plan: Plan): string {
  if (isMultipart(part)) return ''
  const names = plan.files.map(({ name, content }, index) => ({ number: index + 1, name, content }))
  const own = names.find(({ content }) => 'range' in content && isSame(content.range, part.body))
  if (own) return `becomes file ${own.number}, ${own.name}`
  const taken = names.filter(({ content }) => 'range' in content && isWithin(content.range, part.body))
  const from = taken.length === 0 ? '' : `; file ${taken.map(({ number }) => number).join(', ')} is taken out of it`
  const sealed = names.find(({ content }) => 'pieces' in content && covers(content.pieces, part))
  if (sealed) return `sealed in file ${sealed.number}, ${sealed.name}${from}`
  if (!covers(plan.slim, part)) return `left out${from}`
  const hasLink = slotPlaces(plan).some(place => place >= part.body.start && place <= part.body.end)
  return `kept${hasLink ? ', with the link block' : ''}${from}`
}

function isSame(one: ByteRange, other: ByteRange): boolean {
  return one.start === other.start && one.end === other.end
}

function isWithin(inner: ByteRange, outer: ByteRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end
}

function covers(pieces: Piece[], part: Part): boolean {
  const end = Math.max(part.body.start, part.body.end)
  return pieces.some(
    ({ ...piece }) => piece.from === 'mail' && overlaps(piece.range, { start: part.header.start, end }),
  )
}

function overlaps(one: ByteRange, other: ByteRange): boolean {
  return one.start < other.end && other.start < one.end
}

/** Where in the mail the slots of the slim mail are: after the last byte of the mail that comes before each. */
function slotPlaces({ slim, slots }: Plan): number[] {
  return slots.map(({ offset }) => {
    let place = 0
    let size = 0
    for (const piece of slim) {
      if (size >= offset) break
      size += pieceSize(piece)
      if (piece.from === 'mail') place = piece.range.end - Math.max(0, size - offset)
    }
    return place
  })
}
