import type { Cursor } from '#database/received.ts'

/** Where a page of a list goes on, for an address: `1790000000000-<uuid>`. */
export function writeCursor({ createdAt, id }: Cursor): string {
  return `${createdAt.getTime()}-${id}`
}

/** The same, read; null for nothing, and for anything that was not written by us. */
export function readCursor(text: unknown): Cursor | null {
  const match = typeof text === 'string' && /^(\d{1,14})-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(text)
  return match ? { createdAt: new Date(Number(match[1])), id: match[2]! } : null
}
