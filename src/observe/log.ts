import { pino, type Logger } from 'pino'

/**
 * A log of JSON lines on standard error. Names under which secrets could travel are redacted wherever they stand, and of
 * an error only what it says is written, not what hangs on it. It never throws, nor ends the process.
 */
export function openLog(level: string): Logger {
  const secrets = ['password', 'token', 'cookie', 'authorization', 'secret']
  const redact = { paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '…' }
  return pino({ level, redact, serializers: { err: describeError } }, openDestination())
}

/** So much is kept for a disk that is full, until it has room again. */
const maxUnwrittenBytes = 1024 ** 2

/** Standard error. Where nothing can be written to it, lines are kept, then lost: mail goes on without them. */
function openDestination() {
  const destination = pino.destination({ dest: 2, maxLength: maxUnwrittenBytes })
  let isFull = false
  destination.on('error', () => (isFull = true)).on('write', () => (isFull = false))
  // As the process ends, what is left would be tried again and again, until the disk has room.
  const flush = destination.flushSync.bind(destination)
  destination.flushSync = () => isFull || flush()
  return destination
}

interface DescribedError {
  type: string
  message: string
  code?: unknown
  stack?: string
  cause?: DescribedError
}

const maxCauses = 5

/** What is worth knowing of an error, and of what caused it. */
function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) }
  const { name, message, stack, cause } = error
  const code = 'code' in error ? { code: error.code } : {}
  const causes = cause === undefined || depth >= maxCauses ? {} : { cause: describeError(cause, depth + 1) }
  return { type: name, message, ...code, ...(stack === undefined ? {} : { stack }), ...causes }
}
