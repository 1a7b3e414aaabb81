import type { ByteRange } from '#model.ts'

/** Which bytes to answer with: the whole, a part of it (206), or none because there are no such bytes (416). */
export type Slice = { status: 200 | 206; range: ByteRange } | { status: 416 }

/** The request's fields that matter. */
interface Asked {
  range?: string | undefined
  'if-range'?: string | undefined
}

/**
 * Reads Range and If-Range (RFC 9110 sections 14.2 and 13.1.5). One range of bytes is answered; several, or what is
 * malformed, get the whole. If-Range must be the strong entity tag: we send no Last-Modified.
 */
export function chooseSlice(asked: Asked, sizeBytes: number, entityTag: string): Slice {
  const condition = asked['if-range']?.trim() ?? entityTag
  const range = condition === entityTag ? parseRange(asked.range ?? '', sizeBytes) : null
  if (range === null) return { status: 200, range: { start: 0, end: sizeBytes } }
  return range.start < range.end ? { status: 206, range } : { status: 416 }
}

/** Null for what is no single range; empty where it is beyond the end. */
function parseRange(field: string, sizeBytes: number): ByteRange | null {
  const match = /^bytes=\s*(?:(\d{1,16})-(\d{1,16})?|-(\d{1,16}))\s*$/i.exec(field)
  if (!match) return null
  const [, first, last, suffix] = match
  if (suffix !== undefined) return { start: Math.max(0, sizeBytes - Number(suffix)), end: sizeBytes }
  // The last byte is included, and may be left out.
  if (last !== undefined && Number(last) < Number(first)) return null
  return { start: Number(first), end: Math.min(last === undefined ? sizeBytes : Number(last) + 1, sizeBytes) }
}
