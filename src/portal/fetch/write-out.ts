import type { ServerResponse } from 'node:http'
import type { Chunks } from '#platform/chunks.ts'

/** The client has gone away: nobody is left to be told. */
export class ClientGone extends Error {}

/** Once a chunk took so long to be taken, the next ones go out in pieces, so that it shows that something moves. */
const slowMs = 500
const slowPieceBytes = 64 * 1024

/**
 * Writes chunks to a client as fast as it takes them, and ends the answer. The next one is asked for when the
 * kernel has the one before: no more than one is in memory. `moved` is called with how many were taken, each time. Throws what
 * the source throws, and `ClientGone`.
 */
export async function writeOut(source: Chunks, answer: ServerResponse, moved: (bytes: number) => void): Promise<void> {
  let pieceBytes = Infinity
  for await (const chunk of source) {
    const since = performance.now()
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      const piece = pieceBytes < chunk.length ? chunk.subarray(at, at + pieceBytes) : chunk
      await write(answer, piece)
      moved(piece.length)
    }
    pieceBytes = performance.now() - since > slowMs ? slowPieceBytes : Infinity
  }
  await new Promise<void>((resolve, reject) => {
    // Also said of an answer that is cut off after its last byte was written.
    answer.once('close', () => (answer.writableFinished ? resolve() : reject(clientGone())))
    answer.end(resolve)
  })
}

/** Resolves when the kernel has the bytes: their memory can be used again. */
function write(answer: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    if (answer.destroyed) return reject(clientGone())
    const onClose = () => reject(clientGone())
    answer.once('close', onClose)
    answer.write(bytes, error => {
      answer.off('close', onClose)
      if (error) reject(clientGone(error))
      else resolve()
    })
  })
}

function clientGone(cause?: Error): ClientGone {
  return new ClientGone('The client went away.', { cause })
}
