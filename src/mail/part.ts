import type { ByteRange, TransferEncoding } from '#model.ts'
import type { HeaderField } from './header-fields.ts'
import { parameterText, type StructuredValue } from './parameters.ts'

/** A part of a mail, by offsets into the mail; the mail itself is the outermost one. */
export interface Part {
  /** The header section, without the blank line that ends it. */
  header: ByteRange
  /** The body exactly: the CRLF before a boundary line belongs to that line (RFC 2046 section 5.1.1). */
  body: ByteRange
  /** Their ranges count from the start of the header. */
  fields: HeaderField[]
  /** As the header says, or as it is without one: text/plain, and message/rfc822 in a multipart/digest. */
  contentType: StructuredValue
  disposition: StructuredValue | null
  encoding: TransferEncoding
  /** Without its angle brackets. */
  contentId: string | null
  /** In a multipart the parts of it, at least one; otherwise none. A message/rfc822 is not opened. */
  children: Part[]
  /** Where the boundary line above the part starts (its dashes); null for the mail itself. */
  delimiterAt: number | null
  /** Where the closing boundary line of a multipart starts; null for other parts. */
  closeAt: number | null
  /** 0 for the mail itself. */
  depth: number
}

/** True for a part made of parts. */
export function isMultipart(part: Part): boolean {
  return part.contentType.value.startsWith('multipart/')
}

/** All parts that are no multiparts, in the order of the mail. */
export function leaves(part: Part): Part[] {
  const found: Part[] = []
  const waiting = [part]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (isMultipart(next)) waiting.push(...next.children.toReversed())
    else found.push(next)
  }
  return found
}

/** The part itself and all parts within it. */
export function allParts(part: Part): Part[] {
  const found = [part]
  // Grows while it is walked.
  for (const next of found) found.push(...next.children)
  return found
}

/** The name that the sender gave to the file, decoded; not to be trusted. Null without one, or if it is empty. */
export function givenName(part: Part): string | null {
  const fileName = part.disposition ? parameterText(part.disposition, 'filename') : null
  return fileName?.trim() || parameterText(part.contentType, 'name')?.trim() || null
}
