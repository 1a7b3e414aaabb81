import type { ByteRange, TransferEncoding } from '#model.ts'
import type { MailSource } from './mail-source.ts'
import { decodeBase64 } from './base64.ts'
import { guessBase64 } from './guess-base64.ts'
import { decodeQuotedPrintable } from './quoted-printable.ts'

/**
 * The bytes that a part's body encodes (RFC 2045 section 6), in blocks. Strict: throws `BrokenEncoding` rather than to
 * skip or guess a byte, and may have yielded some of what came before. With `reuse`, for large parts, a block is good until
 * the next is asked for.
 */
export function decodePart(
  source: MailSource,
  range: ByteRange,
  encoding: TransferEncoding,
  reuse = false,
): AsyncGenerator<Buffer> {
  if (encoding === 'base64') return decodeBase64(source.blocks(range), reuse)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(source.blocks(range))
  return asTheyAre(reuse ? source.blocks(range) : source.stream(range))
}

/** How many bytes `decodePart` gives. Throws `BrokenEncoding` exactly where it would. */
export async function measureDecoded(
  source: MailSource,
  range: ByteRange,
  encoding: TransferEncoding,
): Promise<number> {
  if (encoding !== 'base64' && encoding !== 'quoted-printable') return range.end - range.start
  let sizeBytes = 0
  for await (const block of decodePart(source, range, encoding, true)) sizeBytes += block.length
  return sizeBytes
}

/**
 * The same, but base64 is not read where its ends tell enough: then it is right only if all lines are as long as the first and
 * nothing is broken, which whoever decodes it finds out.
 */
export async function guessDecoded(source: MailSource, range: ByteRange, encoding: TransferEncoding): Promise<number> {
  const guess = encoding === 'base64' ? await guessBase64(source, range) : null
  return guess ?? measureDecoded(source, range, encoding)
}

async function* asTheyAre(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* blocks
}
