import type { ByteRange, Piece, Slot } from '#model.ts'
import { pieceSize } from '#mail/pieces.ts'

/** A change to the received mail: the bytes of a range are replaced; the slot, if there is one, comes after the new bytes. */
export interface Edit {
  range: ByteRange
  bytes: Buffer
  slot?: Omit<Slot, 'offset'>
}

/** Takes a range out. */
export function removal(start: number, end: number): Edit {
  return { range: { start, end }, bytes: Buffer.alloc(0) }
}

/** Puts bytes in, where nothing is taken out. */
export function insertion(at: number, text: string): Edit {
  return { range: { start: at, end: at }, bytes: Buffer.from(text, 'latin1') }
}

/**
 * What a range of the mail is after edits, all of which lie within it. Edits at one place stay in their order.
 * Taking out what has been taken out already changes nothing; any other overlap is a bug and throws.
 */
export function applyEdits(whole: ByteRange, edits: Edit[]): { pieces: Piece[]; slots: Slot[] } {
  const pieces: Piece[] = []
  const slots: Slot[] = []
  let at = whole.start
  let size = 0

  function add(piece: Piece): void {
    const added = pieceSize(piece)
    if (added > 0) pieces.push(piece)
    size += added
  }

  for (const { range, bytes, slot } of edits.toSorted(inOrder)) {
    if (range.start < at && range.end <= at && bytes.length === 0 && !slot) continue
    if (range.start < at || range.end > whole.end) throw new Error('edits of a mail overlap')
    add({ from: 'mail', range: { start: at, end: range.start } })
    add({ from: 'us', bytes })
    if (slot) slots.push({ offset: size, ...slot })
    at = range.end
  }
  add({ from: 'mail', range: { start: at, end: whole.end } })
  return { pieces, slots }
}

/** What is put in at a place comes before what is taken out from there. */
function inOrder({ range: one }: Edit, { range: other }: Edit): number {
  return one.start - other.start || Math.sign(one.end - one.start) - Math.sign(other.end - other.start)
}
