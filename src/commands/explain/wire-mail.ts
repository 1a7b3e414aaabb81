import type { MailSource } from '#mail/mail-source.ts'
import type { ByteRange } from '#model.ts'

const blockBytes = 256 * 1024
const carriageReturn = 0x0d
const lineFeed = 0x0a

/** A mail as it would come over the wire, and what had to be done for that. */
export interface WireMail {
  source: MailSource
  /** True where a line `From somebody …` stood above the mail, as in a file of several mails. */
  hadFromLine: boolean
  /** True where the lines of the file end with a line feed alone. */
  hadLineFeeds: boolean
}

/**
 * Reads a file with a mail as an SMTP client would send it: without the line that a mailbox file puts above a mail,
 * with CRLF where the file has line feeds, and with an end of its last line. Memory: one block and an index of them.
 */
export async function wireMail(file: MailSource): Promise<WireMail> {
  const first = await firstLine(file)
  const hadFromLine = first.startsWith('From ')
  const start = hadFromLine ? first.length : 0
  // A file with line feeds alone is a file, not what came over the wire; one with both is shown as it is.
  const hadLineFeeds = /(?<!\r)\n$/.test(first)
  return { source: await asSent(file, start, hadLineFeeds), hadFromLine, hadLineFeeds }
}

async function firstLine(file: MailSource): Promise<string> {
  const start = (await file.read({ start: 0, end: Math.min(file.sizeBytes, blockBytes) })).toString('latin1')
  return start.slice(0, start.indexOf('\n') + 1)
}

async function asSent(file: MailSource, start: number, hadLineFeeds: boolean): Promise<MailSource> {
  /** Where each block of the file begins in the mail. */
  const begins = [0]
  const convert = async (index: number): Promise<Buffer> => {
    const from = start + index * blockBytes
    const to = Math.min(from + blockBytes, file.sizeBytes)
    const bytes = await file.read({ start: Math.max(start, from - 1), end: to })
    const before = from > start ? bytes[0]! : 0
    const block = bytes.subarray(from > start ? 1 : 0)
    const lines = hadLineFeeds ? withReturns(block, before) : block
    const isUnfinished = to === file.sizeBytes && block.at(-1) !== lineFeed
    return isUnfinished ? Buffer.concat([lines, Buffer.from(block.at(-1) === carriageReturn ? '\n' : '\r\n')]) : lines
  }
  for (let index = 0; start + index * blockBytes < file.sizeBytes; index += 1) {
    begins.push(begins.at(-1)! + (await convert(index)).length)
  }
  const sizeBytes = begins.at(-1)!

  async function* stream({ start: from, end }: ByteRange): AsyncGenerator<Buffer> {
    if (from < 0 || end > sizeBytes || from > end) throw new RangeError('this range is not within the mail')
    for (let index = blockAt(begins, from); index < begins.length - 1 && begins[index]! < end; index += 1) {
      const begin = begins[index]!
      const bytes = (await convert(index)).subarray(Math.max(0, from - begin), end - begin)
      if (bytes.length > 0) yield bytes
    }
  }
  return { sizeBytes, stream, blocks: stream, read: async range => Buffer.concat(await Array.fromAsync(stream(range))) }
}

function withReturns(block: Buffer, before: number): Buffer {
  const text = block.toString('latin1').replace(/(?<!\r)\n/g, '\r\n')
  // The carriage return of the first line feed may have been in the block before.
  const bytes = Buffer.from(text, 'latin1')
  return before === carriageReturn && block[0] === lineFeed ? bytes.subarray(1) : bytes
}

/** The last block that begins at or before the offset. */
function blockAt(begins: number[], offset: number): number {
  let low = 0
  let high = begins.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (begins[middle]! <= offset) low = middle
    else high = middle - 1
  }
  return low
}
