import { forwardedName } from './forwarded-name.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { distinctFileNames, safeFileName } from '#mail/file-name.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { givenName, type Part } from '#mail/part.ts'
import type { ByteRange, PlannedFile, TransferEncoding } from '#model.ts'

/** Says how many bytes a part decodes to; throws `BrokenEncoding` where it knows that it does not decode strictly. */
export type Measure = (source: MailSource, range: ByteRange, encoding: TransferEncoding) => Promise<number>

/** One file for each detached part. What does not decode strictly becomes a file as it is encoded. */
export async function planFiles(source: MailSource, parts: Part[], measure: Measure): Promise<PlannedFile[]> {
  const files: PlannedFile[] = []
  for (const part of parts) {
    const decodedBytes = await decodedSize(source, part, measure)
    const stillEncoded = decodedBytes === null
    const mediaType = part.contentType.value
    const given = givenName(part) ?? (await forwardedName(source, part))
    files.push({
      kind: 'attachment',
      name: safeFileName(given, mediaType, files.length + 1),
      mediaType,
      stillEncoded,
      sizeBytes: decodedBytes ?? part.body.end - part.body.start,
      content: { range: part.body, encoding: stillEncoded ? 'binary' : part.encoding },
    })
  }
  return files
}

/** The same files, with names that differ. */
export function withDistinctNames(files: PlannedFile[]): PlannedFile[] {
  const names = distinctFileNames(files.map(file => file.name))
  return files.map((file, index) => ({ ...file, name: names[index]! }))
}

/** Null where the part does not decode strictly. */
async function decodedSize(source: MailSource, part: Part, measure: Measure): Promise<number | null> {
  try {
    return await measure(source, part.body, part.encoding)
  } catch (error) {
    if (error instanceof BrokenEncoding) return null
    throw error
  }
}
