import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { Charge } from '#database/downloads.ts'
import { findChecksums, noteChecksum } from '#database/files.ts'
import type { MessageRow } from '#database/messages.ts'
import { distinctFileNames } from '#mail/file-name.ts'
import type { ByteRange, StoredFile } from '#model.ts'
import type { Stretches } from '#objects/byte-source.ts'
import type { PortalParts } from '#portal/portal-parts.ts'
import { openPaid, openPlain, withFirst } from './open-file.ts'
import { layOutZip, type ZipLayout } from './zip-layout.ts'

type Parts = Pick<PortalParts, 'db' | 'objects' | 'masterKeys' | 'log' | 'settings'>

/** All files of a message as one zip. */
export interface Zip {
  message: MessageRow
  /** In the order of the zip. */
  files: StoredFile[]
  layout: ZipLayout
  /** The same bytes always have the same. */
  entityTag: string
}

/** The zip of a message's files, laid out: the same at any time and on any node whose clocks are set to the same zone. */
export function planZip(message: MessageRow, files: StoredFile[]): Zip {
  const names = distinctFileNames(files.map(file => file.name))
  const layout = layOutZip(
    files.map((file, index) => ({ name: names[index]!, sizeBytes: file.sizeBytes })),
    message.createdAt,
  )
  const hash = createHash('sha256').update(layout.directory(files.map(() => 0)))
  for (const file of files) hash.update(file.sha256 ?? file.id)
  return { message, files, layout, entityTag: `"${hash.digest('hex')}"` }
}

/** The bytes of a zip or of a range of it, paid for by its tickets. Promises and throws what `openFile` does. */
export async function openZip(
  parts: Parts,
  zip: Zip,
  { range, charges, isGone }: { range: ByteRange; charges: Charge[]; isGone: () => boolean },
): Promise<Stretches> {
  const open = async () => {
    const checksums = await findChecksums(
      parts.db,
      zip.files.map(file => file.id),
    )
    return withFirst(closable(current => writeZip(parts, zip, { range, checksums, current })))
  }
  return openPaid(parts, { charges, isGone, open })
}

/** What is sent of each file in a range of their zip, in the order of the zip. */
export function bytesOfFiles({ layout }: Zip, range: ByteRange): number[] {
  return layout.entries.map(({ contentAt, descriptorAt }) => {
    const part = intersection(range, { start: contentAt, end: descriptorAt })
    return part ? part.end - part.start : 0
  })
}

interface Writing {
  range: ByteRange
  /** By file; what is found out is added. */
  checksums: Map<string, number>
  current: Current
}

/** The file that is open, so that it can be closed also while nothing arrives. */
interface Current {
  content: Stretches | null
  isClosed: boolean
}

/** One file at a time is open, and that before its header is written: the first byte waits for the storage. */
async function* writeZip(parts: Parts, zip: Zip, writing: Writing): AsyncGenerator<Buffer> {
  const { range, checksums } = writing
  const { entries, directoryAt, descriptor, directory } = zip.layout
  for (const [index, file] of zip.files.entries()) {
    const entry = entries[index]!
    const wanted = intersection(range, { start: entry.contentAt, end: entry.descriptorAt })
    const isSummed = !checksums.has(file.id) && intersection(range, { start: entry.descriptorAt, end: entry.end })
    const content = await (isSummed ? openSummed : openPart)(parts, zip.message, { file, wanted, entry, writing })
    yield* cut(entry.header, entry.headerAt, range)
    yield* content
    yield* cut(descriptor(entry, checksums.get(file.id) ?? 0), entry.descriptorAt, range)
  }
  if (range.end <= directoryAt) return
  // Files before the range, whose checksums nobody has noted yet, are read for that alone.
  for (const [index, file] of zip.files.entries()) {
    if (checksums.has(file.id)) continue
    const content = await openSummed(parts, zip.message, { file, wanted: null, entry: entries[index]!, writing })
    for await (const bytes of content) if (bytes.length > 0) throw new Error('Nothing was wanted of this file.')
  }
  const crc32s = zip.files.map(({ id }) => checksums.get(id)!)
  yield* cut(directory(crc32s), directoryAt, range)
}

interface Content {
  file: StoredFile
  /** Of the zip; null for nothing. */
  wanted: ByteRange | null
  entry: { contentAt: number }
  writing: Writing
}

/** What is wanted of a file's bytes, and nothing else is read. */
async function openPart(parts: Parts, message: MessageRow, content: Content): Promise<AsyncIterable<Buffer>> {
  const { file, wanted, entry, writing } = content
  if (!wanted) return iterate({ next: async () => null, close: () => undefined })
  const range = { start: wanted.start - entry.contentAt, end: wanted.end - entry.contentAt }
  return iterate(await openCurrent(parts, message, { file, range, current: writing.current }))
}

/** The same, but read whole, to find out the file's checksum, which is noted for the next time. */
async function openSummed(parts: Parts, message: MessageRow, content: Content): Promise<AsyncIterable<Buffer>> {
  const { file, wanted, entry, writing } = content
  const source = await openCurrent(parts, message, { file, range: undefined, current: writing.current })
  return (async function* () {
    let at = entry.contentAt
    let sum = 0
    for await (const chunk of iterate(source)) {
      sum = crc32(chunk, sum)
      if (wanted) yield* cut(chunk, at, wanted)
      at += chunk.length
    }
    writing.checksums.set(file.id, sum)
    // It only saves reading the file once more.
    await noteChecksum(parts.db, file.id, sum).catch((error: unknown) =>
      parts.log.warn({ err: error }, 'A checksum was not noted'),
    )
  })()
}

async function openCurrent(
  parts: Parts,
  message: MessageRow,
  { file, range, current }: { file: StoredFile; range: ByteRange | undefined; current: Current },
): Promise<Stretches> {
  const content = await openPlain(parts, message, file, range)
  current.content = content
  // Whoever closed meanwhile closed the one before.
  if (current.isClosed) content.close()
  return content
}

async function* iterate(source: Stretches): AsyncGenerator<Buffer> {
  try {
    for (let bytes = await source.next(); bytes; bytes = await source.next()) yield bytes
  } finally {
    source.close()
  }
}

/** Generated bytes. Closing them closes the file that the generator waits for. */
function closable(generate: (current: Current) => AsyncGenerator<Buffer>): Stretches {
  const current: Current = { content: null, isClosed: false }
  const bytes = generate(current)
  return {
    next: async () => (await bytes.next()).value ?? null,
    close() {
      current.isClosed = true
      current.content?.close()
    },
  }
}

/** What is within the range of bytes that stand at a place. */
function* cut(bytes: Buffer, at: number, range: ByteRange): Generator<Buffer> {
  const part = intersection(range, { start: at, end: at + bytes.length })
  if (part) yield bytes.subarray(part.start - at, part.end - at)
}

function intersection(one: ByteRange, other: ByteRange): ByteRange | null {
  const both = { start: Math.max(one.start, other.start), end: Math.min(one.end, other.end) }
  return both.start < both.end ? both : null
}
