import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { givenName, type Part } from '#mail/part.ts'
import { measureDecoded } from '#mail/transfer-encoding.ts'

/**
 * Those of the images that stay in a copy whose HTML shows them: they have no file name, or at most `maxKiB`. A large
 * image with a name is a photo that somebody attached, and becomes a file.
 */
export async function keptImages(source: MailSource, shown: Part[], maxKiB: number): Promise<Part[]> {
  const kept: Part[] = []
  for (const image of shown)
    if (givenName(image) === null || (await isSmall(source, image, maxKiB * 1024))) kept.push(image)
  return kept
}

/** No transfer encoding makes four bytes of more than one. */
async function isSmall(source: MailSource, { body, encoding }: Part, maxBytes: number): Promise<boolean> {
  if (body.end - body.start > 4 * (maxBytes + 1024)) return false
  try {
    return (await measureDecoded(source, body, encoding)) <= maxBytes
  } catch (error) {
    if (error instanceof BrokenEncoding) return false
    throw error
  }
}
