import { randomBytes } from 'node:crypto'
import { addPiece } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { putSealed } from '#objects/sealed-objects.ts'
import type { PortalParts } from '#portal/portal-parts.ts'

/** Of the plain bytes: what a broken connection costs at most, and what an upload takes of memory. */
const pieceBytes = 4 * 1024 * 1024

/** A bad line may cut an upload into many small pieces; whoever does so on purpose is stopped here. */
const mostPieces = 10_000

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
  { db, objects }: Pick<PortalParts, 'db' | 'objects'>,
  upload: Receiving,
  source: AsyncIterable<Buffer>,
): Promise<number> {
  const progress = { at: upload.receivedBytes, pieces: upload.pieces }
  const keep = async (bytes: Buffer) => {
    if (progress.pieces >= mostPieces) throw new Failure('UPLOAD_IN_CRUMBS')
    const key = randomBytes(20).toString('hex')
    const sealed = { objectKey: key, sizeBytes: bytes.length, key: upload.messageKey, associatedData: Buffer.from(key) }
    await putSealed(objects, sealed, only(bytes))
    const counts = await addPiece(db, upload.id, progress.at, { key, sizeBytes: bytes.length })
    if (!counts) throw new Failure('UPLOAD_MOVED_ON')
    progress.at += bytes.length
    progress.pieces += 1
  }
  for await (const piece of inPieces(source, upload.sizeBytes - upload.receivedBytes)) await keep(piece)
  return progress.at
}

/** Whole pieces and a rest; a source that breaks off ends like one that ends. */
async function* inPieces(source: AsyncIterable<Buffer>, mostBytes: number): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let waiting = 0
  let total = 0
  try {
    for await (const chunk of source) {
      total += chunk.length
      if (total > mostBytes) throw new Failure('UPLOAD_TOO_BIG')
      chunks.push(chunk)
      waiting += chunk.length
      // Many tiny chunks cost more memory than their bytes.
      if (chunks.length > 4096) chunks = [Buffer.concat(chunks)]
      if (waiting < pieceBytes) continue
      yield Buffer.concat(chunks)
      chunks = []
      waiting = 0
    }
  } catch (error) {
    if (error instanceof Failure || !isBrokenLine(error)) throw error
  }
  if (waiting > 0) yield Buffer.concat(chunks)
}

/** The client has gone away in the middle: it will ask where to go on. */
function isBrokenLine(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ABORT_ERR'
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
