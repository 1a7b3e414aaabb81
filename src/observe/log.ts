import { pino, type Logger } from 'pino'

/** A log of JSON lines on standard error. Names under which secrets could travel are redacted wherever they stand. */
export function openLog(level: string): Logger {
  const secrets = ['password', 'token', 'cookie', 'authorization', 'secret']
  return pino(
    { level, redact: { paths: secrets.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '…' } },
    pino.destination(2),
  )
}
