import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { storageAway } from './storage-away.ts'

/**
 * The body of an answer, as a stream that fails with `Failure('OBJECTS_AWAY')`. The server has
 * `timeoutSeconds` for each next byte; a reader may take as long as it likes. Throws where the server
 * announces another length than `lengthBytes`.
 */
export function timedBody(answer: Readable, lengthBytes: number | undefined, timeoutSeconds: number): Readable {
  const { headers, statusCode, socket } = answer as IncomingMessage
  const announced = headers['content-length']
  if (lengthBytes !== undefined && (statusCode !== 206 || Number(announced) !== lengthBytes)) {
    answer.destroy()
    throw new Error(`The S3 server offers ${announced} bytes (status ${statusCode}) instead of ${lengthBytes}.`)
  }
  // From here on, a still connection may be the reader's doing.
  socket.setTimeout(0)
  const timer = setTimeout(() => {
    if (!answer.isPaused()) answer.destroy(new Error(`No byte moved for ${timeoutSeconds} seconds.`))
  }, timeoutSeconds * 1000)
  const body = new Readable({
    read: () => {
      timer.refresh()
      answer.resume()
    },
    destroy: (error, done) => {
      clearTimeout(timer)
      answer.destroy()
      done(error)
    },
  })
  answer.on('data', (chunk: Buffer) => {
    timer.refresh()
    if (!body.push(chunk)) answer.pause()
  })
  answer.on('end', () => body.push(null))
  answer.on('error', error => body.destroy(storageAway(error)))
  answer.pause()
  return body
}
