import type { Piece } from '#model.ts'
import type { MailSource } from '#mail/mail-source.ts'

/** How many bytes the pieces make up. */
export function piecesSize(pieces: Piece[]): number {
  return pieces.reduce((size, piece) => size + pieceSize(piece), 0)
}

/** The bytes of one piece. */
export function pieceSize(piece: Piece): number {
  return piece.from === 'us' ? piece.bytes.length : piece.range.end - piece.range.start
}

/** The bytes that the pieces make up, in order, in blocks; `source` is the mail that they were cut from. */
export async function* readPieces(source: MailSource, pieces: Piece[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    if (piece.from === 'us') yield piece.bytes
    else yield* source.stream(piece.range)
  }
}
