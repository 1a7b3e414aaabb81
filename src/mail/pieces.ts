import type { ByteRange, Piece } from '#model.ts'
import { makeSource, type MailSource } from './mail-source.ts'

/** How many bytes the pieces make up. */
export function piecesSize(pieces: Piece[]): number {
  return pieces.reduce((size, piece) => size + pieceSize(piece), 0)
}

/** The bytes of one piece. */
export function pieceSize(piece: Piece): number {
  return piece.from === 'us' ? piece.bytes.length : piece.range.end - piece.range.start
}

/**
 * The bytes that the pieces make up, in order, in blocks; `source` is the mail that they were cut from. With `reuse`, for
 * large mails, a block is good until the next is asked for.
 */
export async function* readPieces(source: MailSource, pieces: Piece[], reuse = false): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (piece.from === 'us') yield piece.bytes
    else yield* reuse ? source.blocks(piece.range) : source.stream(piece.range)
  }
}

/** The mail that the pieces make up, to be read like one that was received. */
export function mailFromPieces(source: MailSource, pieces: Piece[]): MailSource {
  return makeSource(piecesSize(pieces), async range => {
    const found: Buffer[] = []
    let at = 0
    for (const piece of pieces) {
      const size = pieceSize(piece)
      const start = Math.max(range.start - at, 0)
      const end = Math.min(range.end - at, size)
      if (start < end) found.push(await readPiece(source, piece, { start, end }))
      at += size
    }
    return Buffer.concat(found)
  })
}

/** `range` counts from the start of the piece. */
async function readPiece(source: MailSource, piece: Piece, { start, end }: ByteRange): Promise<Buffer> {
  if (piece.from === 'us') return piece.bytes.subarray(start, end)
  return source.read({ start: piece.range.start + start, end: piece.range.start + end })
}
