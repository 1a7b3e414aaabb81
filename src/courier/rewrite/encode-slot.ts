import type { BlockContent } from './block-content.ts'
import { encodeCharset, isWide } from './encode-charset.ts'
import { htmlBlock } from './html-block.ts'
import { quotedBinary, quotedText } from '#mail/encode-quoted-printable.ts'
import { spaceStuffed, textBlock } from './text-block.ts'
import type { Slot } from '#model.ts'

/**
 * The link block as it stands in the slim mail at a slot: in the part's charset and transfer encoding, whole
 * encoded lines, ending with CRLF. Base64 is whole quanta without `=`, because more may follow.
 */
export function encodeSlot(slot: Slot, content: BlockContent): Buffer {
  if (slot.encoding === 'base64') return Buffer.from(base64Lines(fullQuanta(slot, content)), 'latin1')
  const bytes = encodeCharset(blockText(slot, content, 0), slot)
  if (slot.encoding !== 'quoted-printable') return bytes
  return Buffer.from(isWide(slot.charset) ? quotedBinary(bytes) : quotedText(bytes), 'latin1')
}

function blockText(slot: Slot, content: BlockContent, padding: number): string {
  if (slot.kind === 'html') return htmlBlock(content, slot.position, padding)
  const lines = textBlock(content, slot.position, padding)
  return `${(slot.flowed ? spaceStuffed(lines) : lines).join('\r\n')}\r\n`
}

/** The decoded bytes of the quanta at the slot; the block is made longer until they are whole. */
function fullQuanta(slot: Slot, content: BlockContent): Buffer {
  for (const padding of [0, 1, 2]) {
    const block = encodeCharset(blockText(slot, content, padding), slot)
    const bytes = Buffer.concat([Buffer.from(slot.before, 'latin1'), block, Buffer.from(slot.after, 'latin1')])
    if (bytes.length % 3 === 0) return bytes
  }
  // Each step adds 1, 2, 4 or 8 bytes, none of which is a multiple of three.
  throw new Error(`No padding makes whole base64 quanta in ${slot.charset}`)
}

function base64Lines(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')
}
