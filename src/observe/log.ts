import { pino, type Logger } from 'pino'

/**
 * A log of JSON lines on standard error. Names under which secrets could travel are redacted wherever they stand, and of
 * an error only what it says is written, not what hangs on it.
 */
export function openLog(level: string): Logger {
  const secrets = ['password', 'token', 'cookie', 'authorization', 'secret']
  const redact = { paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '…' }
  return pino({ level, redact, serializers: { err: describeError } }, pino.destination(2))
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
