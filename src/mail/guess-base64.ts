import type { ByteRange } from '#model.ts'
import type { MailSource } from './mail-source.ts'

/** More than the longest line of a mail (RFC 5322 section 2.1.1) and a few empty ones at the end. */
const lookBytes = 1024
const crlf = '\r\n'

/**
 * How many bytes base64 decodes to if all of its lines are as long as the first one and the last is no longer: from a look at
 * its two ends. Null where they do not look so.
 */
export async function guessBase64(source: MailSource, { start, end }: ByteRange): Promise<number | null> {
  const first = await look(source, { start, end: Math.min(start + lookBytes, end) })
  const last = await look(source, { start: Math.max(start, end - lookBytes), end })
  const lineLength = first.indexOf(crlf)
  if (lineLength <= 0 || lineLength % 4 !== 0) return null
  const [blankEnd] = /(?:\r\n)*$/.exec(last)!
  const bytes = end - start - blankEnd.length
  const lines = Math.floor(bytes / (lineLength + crlf.length))
  const lastLength = bytes - lines * (lineLength + crlf.length)
  if (lastLength === 0 || lastLength > lineLength || lastLength % 4 !== 0) return null
  const padding = /={0,2}$/.exec(last.slice(0, last.length - blankEnd.length))![0].length
  return ((lines * lineLength + lastLength) / 4) * 3 - padding
}

async function look(source: MailSource, range: ByteRange): Promise<string> {
  return (await source.read(range)).toString('latin1')
}
