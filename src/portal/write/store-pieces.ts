import { randomBytes } from 'node:crypto'
import { addPiece } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { putSealed } from '#objects/sealed-objects.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { UploadRoom } from './upload-room.ts'

/** Of the plain bytes: what a broken connection costs at most, and what an upload takes of memory while there is enough. */
const pieceBytes = 4 * 1024 * 1024

/** A bad line may cut an upload into many small pieces; whoever does so on purpose is stopped here. */
const mostPieces = 10_000
/** While memory is scarce, pieces are at least so large; those of a large file are larger, since they are counted. */
const leastPieceBytes = 256 * 1024

/** An upload, and what its pieces are sealed with: the key of the message to be. */
export interface Receiving {
  id: string
  messageKey: Buffer
  sizeBytes: number
  receivedBytes: number
  pieces: number
}

/**
 * Seals the bytes into storage, piece by piece, each durable before the next; returns how many bytes the upload then has.
 * Where the source breaks off, what came until then is kept. Throws `UPLOAD_MOVED_ON` where another request brings the
 * same bytes, `UPLOAD_TOO_BIG` for more than was announced, and what storage and database throw.
 */
export async function storePieces(
  { db, objects, room }: Pick<PortalDeps, 'db' | 'objects'> & { room: UploadRoom },
  upload: Receiving,
  source: AsyncIterable<Buffer>,
): Promise<number> {
  const progress = { at: upload.receivedBytes, pieces: upload.pieces }
  const keep = async (bytes: Buffer) => {
    if (progress.pieces >= mostPieces) throw new Failure('UPLOAD_IN_CRUMBS')
    const key = randomBytes(20).toString('hex')
    const sealed = { objectKey: key, sizeBytes: bytes.length, key: upload.messageKey, associatedData: Buffer.from(key) }
    await room.store(() => putSealed(objects, sealed, only(bytes)))
    const counts = await addPiece(db, upload.id, progress.at, { key, sizeBytes: bytes.length })
    if (!counts) throw new Failure('UPLOAD_MOVED_ON')
    progress.at += bytes.length
    progress.pieces += 1
  }
  const limits = {
    sizeBytes: upload.sizeBytes,
    mostBytes: upload.sizeBytes - upload.receivedBytes,
    leastPieceBytes: Math.max(leastPieceBytes, Math.ceil((2 * upload.sizeBytes) / mostPieces)),
  }
  for await (const piece of inPieces(source, limits, room)) await keep(piece)
  return progress.at
}

/** Pieces and a rest. */
async function* inPieces(
  source: AsyncIterable<Buffer>,
  limits: { sizeBytes: number; mostBytes: number; leastPieceBytes: number },
  room: UploadRoom,
): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let heldBytes = 0
  let totalBytes = 0
  const give = (bytes: number) => {
    heldBytes -= bytes
    room.hold(-bytes)
  }
  try {
    for await (const chunk of endingSoftly(source)) {
      totalBytes += chunk.length
      if (totalBytes > limits.mostBytes) throw new Failure('UPLOAD_TOO_BIG', { atMost: limits.sizeBytes })
      chunks.push(chunk)
      heldBytes += chunk.length
      room.hold(chunk.length)
      // Many tiny chunks cost more memory than their bytes.
      if (chunks.length > 4096) chunks = [Buffer.concat(chunks)]
      if (heldBytes < (room.isScarce() ? limits.leastPieceBytes : pieceBytes)) continue
      const piece = Buffer.concat(chunks.splice(0))
      yield piece
      give(piece.length)
    }
    if (heldBytes > 0) yield Buffer.concat(chunks)
  } finally {
    give(heldBytes)
  }
}

/** A source that breaks off ends like one that ends. */
async function* endingSoftly(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* source
  } catch (error) {
    if (!isBrokenLine(error)) throw error
  }
}

/** The client has gone away in the middle: it will ask where to go on. */
function isBrokenLine(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
