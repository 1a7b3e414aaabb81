import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** What tells a file from all others, and what a zip states of it. */
export interface FileDigest {
  /** Lower-case hex. */
  sha256: string
  crc32: number
}

/** Sums up a file while its bytes pass, in order. */
export function startDigest(): { add(bytes: Buffer): void; end(): FileDigest } {
  const hash = createHash('sha256')
  let sum = 0
  return {
    add: bytes => {
      hash.update(bytes)
      sum = crc32(bytes, sum)
    },
    end: () => ({ sha256: hash.digest('hex'), crc32: sum }),
  }
}
