import { blockContent } from './block-content.ts'
import type { CopyFacts } from './copy-facts.ts'
import { encodeSlot } from './encode-slot.ts'
import { notice } from './notice.ts'

/** Bytes of ours, and where in the slim mail they go. */
interface Insertion {
  offset: number
  bytes: Buffer
}

const lineFeed = 0x0a

/** RFC 5322 section 2.1.1, without CRLF. */
const maxLineBytes = 998

/**
 * One recipient's copy of a message: the slim mail, its bytes unchanged, with a link block at each slot, or with
 * the notice below its header section. Streams; holds no more than one chunk. What is added are whole lines between
 * lines, so that no line becomes longer than it was. Throws when the slim mail is not as long as it was, so that a
 * part of a mail never passes for a whole one.
 */
export async function* rewrite(facts: CopyFacts, slim: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const pending = insertions(facts)
  let offset = 0
  let before = lineFeed
  for await (const chunk of slim) {
    let taken = 0
    while (pending[0] && pending[0].offset <= offset + chunk.length) {
      const { offset: at, bytes } = pending.shift()!
      const cut = at - offset
      if ((cut === 0 ? before : chunk[cut - 1]) !== lineFeed) throw new Error(`The slot at ${at} is within a line`)
      if (cut > taken) yield chunk.subarray(taken, cut)
      taken = cut
      yield bytes
    }
    if (taken < chunk.length) yield chunk.subarray(taken)
    offset += chunk.length
    before = chunk.at(-1) ?? before
  }
  const { slimSizeBytes } = facts.message
  if (offset !== slimSizeBytes) throw new Error(`The slim mail has ${offset} bytes instead of ${slimSizeBytes}`)
}

/** How long the copy will be, in bytes: for SIZE (RFC 1870). */
export function copySize(facts: CopyFacts): number {
  return insertions(facts).reduce((size, { bytes }) => size + bytes.length, facts.message.slimSizeBytes)
}

function insertions(facts: CopyFacts): Insertion[] {
  const { copy, slots, slimSizeBytes } = facts.message
  const content = blockContent(facts)
  if (copy === 'notice') return [{ offset: slimSizeBytes, bytes: notice(content) }]
  if (slots.length === 0) throw new Error('The slim mail has no slot for the link')
  return slots
    .map(slot => ({ offset: slot.offset, bytes: encodeSlot(slot, content) }))
    .toSorted((one, other) => one.offset - other.offset)
    .map(checked(slimSizeBytes))
}

/** What no copy may be sent with, found before its first byte is sent. */
function checked(slimSizeBytes: number) {
  return (insertion: Insertion): Insertion => {
    const { offset, bytes } = insertion
    if (offset < 0 || offset > slimSizeBytes) throw new Error(`The slot at ${offset} is outside of the slim mail`)
    const lines = bytes.toString('latin1').split('\r\n')
    if (lines.pop() !== '' || lines.some(line => line.length > maxLineBytes || /[\r\n]/.test(line)))
      throw new Error(`The block for the slot at ${offset} is not whole lines of a mail`)
    return insertion
  }
}
