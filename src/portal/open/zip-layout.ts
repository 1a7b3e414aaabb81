/** A file as it is to stand in a zip. Names are distinct and already safe. */
export interface ZipEntry {
  name: string
  sizeBytes: number
}

interface PlacedEntry extends ZipEntry {
  /** Where its header begins; its bytes and its descriptor follow. */
  headerAt: number
  header: Buffer
  contentAt: number
  descriptorAt: number
  /** Of its descriptor; the next header follows. */
  end: number
}

/** Where everything stands in a zip, known before a byte of a file is read; only checksums are missing. */
export interface ZipLayout {
  sizeBytes: number
  entries: PlacedEntry[]
  /** Where the central directory begins. */
  directoryAt: number
  /** What follows the bytes of an entry. */
  descriptor(entry: ZipEntry, crc32: number): Buffer
  /** Everything from the central directory on, of the checksums in the order of the entries. */
  directory(crc32s: number[]): Buffer
}

const max16 = 0xffff
const max32 = 0xffffffff
const version = { plain: 20, zip64: 45 }
/** Sizes and checksum follow the bytes (bit 3), names are UTF-8 (bit 11). */
const flags = 0x0808
const regularFile = 0o100644 << 16

/**
 * Lays out a zip of stored files (APPNOTE.TXT 6.3.10): nothing is compressed, so that its size is known and any range of it
 * can be sent. Zip64 (section 4.3.14) is used where sizes need it, and with `forceZip64` always.
 */
export function layOutZip(files: ZipEntry[], modifiedAt: Date, forceZip64 = false): ZipLayout {
  const isLarge = (value: number) => forceZip64 || value >= max32
  const times = writeTimes(modifiedAt)
  const entries: PlacedEntry[] = []
  let at = 0
  for (const { name, sizeBytes } of files) {
    const header = localHeader(name, times, isLarge(sizeBytes))
    const contentAt = at + header.length
    const descriptorAt = contentAt + sizeBytes
    const end = descriptorAt + (isLarge(sizeBytes) ? 24 : 16)
    entries.push({ name, sizeBytes, headerAt: at, header, contentAt, descriptorAt, end })
    at = end
  }
  const directoryAt = at
  const directory = (crc32s: number[]) => {
    const records = entries.map((entry, index) => centralRecord(entry, crc32s[index]!, times, isLarge))
    return Buffer.concat([...records, endRecords(entries.length, directoryAt, sum(records), isLarge)])
  }
  const descriptor = ({ sizeBytes }: ZipEntry, crc32: number) => {
    const start = fields([4, 0x08074b50], [4, crc32])
    const width = isLarge(sizeBytes) ? 8 : 4
    return Buffer.concat([start, fields([width, sizeBytes], [width, sizeBytes])])
  }
  const sizeBytes = directoryAt + directory(entries.map(() => 0)).length
  return { sizeBytes, entries, directoryAt, descriptor, directory }
}

/** Section 4.3.7. What is not known yet is zero; Zip64 is announced, so that the descriptor is read with wide sizes. */
function localHeader(name: string, times: Times, isZip64: boolean): Buffer {
  const sizes = isZip64 ? max32 : 0
  const wide = isZip64 ? fields([2, 1], [2, 16], [8, 0], [8, 0]) : Buffer.alloc(0)
  const extra = Buffer.concat([wide, times.extra])
  const bytes = Buffer.from(name)
  return Buffer.concat([
    fields([4, 0x04034b50], [2, isZip64 ? version.zip64 : version.plain], [2, flags], [2, 0], [4, times.dos]),
    fields([4, 0], [4, sizes], [4, sizes], [2, bytes.length], [2, extra.length]),
    bytes,
    extra,
  ])
}

/** Section 4.3.12. */
function centralRecord(entry: PlacedEntry, crc32: number, times: Times, isLarge: (value: number) => boolean): Buffer {
  const { sizeBytes, headerAt } = entry
  const [wideSize, wideOffset] = [isLarge(sizeBytes), isLarge(headerAt)]
  const wide = [...(wideSize ? [sizeBytes, sizeBytes] : []), ...(wideOffset ? [headerAt] : [])]
  const zip64 = wide.length > 0 ? fields([2, 1], [2, wide.length * 8], ...wide.map(wideField)) : Buffer.alloc(0)
  const extra = Buffer.concat([zip64, times.extra])
  const needed = wide.length > 0 ? version.zip64 : version.plain
  const size = wideSize ? max32 : sizeBytes
  const name = Buffer.from(entry.name)
  return Buffer.concat([
    // Made on Unix, so that the attributes are its own.
    fields([4, 0x02014b50], [2, (3 << 8) | version.zip64], [2, needed], [2, flags], [2, 0], [4, times.dos]),
    fields([4, crc32], [4, size], [4, size], [2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0]),
    fields([4, regularFile >>> 0], [4, wideOffset ? max32 : headerAt]),
    name,
    extra,
  ])
}

/** Sections 4.3.14 to 4.3.16. */
function endRecords(count: number, at: number, sizeBytes: number, isLarge: (value: number) => boolean): Buffer {
  const isZip64 = isLarge(at) || isLarge(sizeBytes) || count >= max16
  const short = (value: number, max: number) => (isZip64 ? max : value)
  const end = Buffer.concat([
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, short(count, max16)], [2, short(count, max16)]),
    fields([4, short(sizeBytes, max32)], [4, short(at, max32)], [2, 0]),
  ])
  if (!isZip64) return end
  return Buffer.concat([
    // Its own length counts from after the length.
    fields([4, 0x06064b50], [8, 44], [2, (3 << 8) | version.zip64], [2, version.zip64], [4, 0], [4, 0]),
    fields([8, count], [8, count], [8, sizeBytes], [8, at]),
    fields([4, 0x07064b50], [4, 0], [8, at + sizeBytes], [4, 1]),
    end,
  ])
}

interface Times {
  dos: number
  extra: Buffer
}

/** The time twice: as the machine's clock shows it, for Windows, and as Unix time (extra field 0x5455), for all others. */
function writeTimes(time: Date): Times {
  const day = ((time.getFullYear() - 1980) << 9) | ((time.getMonth() + 1) << 5) | time.getDate()
  const clock = (time.getHours() << 11) | (time.getMinutes() << 5) | (time.getSeconds() >> 1)
  const unixSeconds = Math.floor(time.getTime() / 1000)
  return { dos: ((day << 16) | clock) >>> 0, extra: fields([2, 0x5455], [2, 5], [1, 1], [4, unixSeconds]) }
}

type Field = [widthBytes: 1 | 2 | 4 | 8, value: number]

function wideField(value: number): Field {
  return [8, value]
}

/** Little endian, as everything in a zip. */
function fields(...values: Field[]): Buffer {
  const bytes = Buffer.alloc(sum(values.map(([widthBytes]) => ({ length: widthBytes }))))
  let at = 0
  for (const [widthBytes, value] of values) {
    if (widthBytes === 8) bytes.writeBigUInt64LE(BigInt(value), at)
    else bytes.writeUIntLE(value, at, widthBytes)
    at += widthBytes
  }
  return bytes
}

function sum(parts: { length: number }[]): number {
  return parts.reduce((total, { length }) => total + length, 0)
}
