import type { ByteRange, TransferEncoding } from '#model.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { decodeBase64 } from '#mail/base64.ts'
import { decodeQuotedPrintable } from '#mail/quoted-printable.ts'

/**
 * The bytes that a part's body encodes (RFC 2045 section 6), in blocks. Strict: throws `BrokenEncoding`
 * rather than to skip or guess a byte, then having yielded what came before.
 */
export function decodePart(source: MailSource, range: ByteRange, encoding: TransferEncoding): AsyncGenerator<Buffer> {
  const blocks = source.stream(range)
  if (encoding === 'base64') return decodeBase64(blocks)
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(blocks)
  return asTheyAre(blocks)
}

/** How many bytes `decodePart` gives. Throws `BrokenEncoding` exactly where it would. */
export async function measureDecoded(
  source: MailSource,
  range: ByteRange,
  encoding: TransferEncoding,
): Promise<number> {
  if (encoding !== 'base64' && encoding !== 'quoted-printable') return range.end - range.start
  let sizeBytes = 0
  for await (const block of decodePart(source, range, encoding)) sizeBytes += block.length
  return sizeBytes
}

async function* asTheyAre(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* blocks
}
