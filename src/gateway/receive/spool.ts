import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure.ts'
import { mailFromFile, type MailSource } from '#mail/mail-source.ts'

/** A marked mail at rest while it is sealed. */
export interface SpooledMail {
  source: MailSource
  /** Of the scratch file, until `close`. */
  fileDescriptor: number
  sizeBytes: number
  /** Lower-case hex of the mail as received. */
  sha256: string
  close(): Promise<void>
}

/**
 * Writes a mail to a scratch file that has no name: it is gone when it is closed, and when the process is killed. Throws
 * `SCRATCH_FULL` where there is no room; errors of the mail itself are thrown as they are.
 */
export async function spool(folder: string, mail: AsyncIterable<Buffer>): Promise<SpooledMail> {
  const file = await openNameless(folder)
  const hash = createHash('sha256')
  let sizeBytes = 0
  try {
    for await (const block of inBlocks(mail)) {
      hash.update(block)
      await writeAll(file, block, sizeBytes)
      sizeBytes += block.length
    }
  } catch (error) {
    await file.close()
    throw error
  }
  return {
    source: mailFromFile(file, sizeBytes),
    fileDescriptor: file.fd,
    sizeBytes,
    sha256: hash.digest('hex'),
    close: () => file.close(),
  }
}

const firstBlockBytes = 64 * 1024
const largestBlockBytes = 512 * 1024

/**
 * Few large writes instead of many small ones, and little memory for a mail that never grows. The chunks are copied at
 * once, into memory that is used again: those that wait for a write would be garbage that is collected late.
 */
async function* inBlocks(mail: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let memory = Buffer.allocUnsafeSlow(firstBlockBytes)
  let filled = 0
  for await (const chunk of mail) {
    for (let taken = 0; taken < chunk.length;) {
      const copied = chunk.copy(memory, filled, taken)
      taken += copied
      filled += copied
      if (filled < memory.length) continue
      yield memory
      filled = 0
      if (memory.length < largestBlockBytes) memory = Buffer.allocUnsafeSlow(memory.length * 2)
    }
  }
  if (filled > 0) yield memory.subarray(0, filled)
}

async function openNameless(folder: string): Promise<FileHandle> {
  try {
    const path = join(folder, randomBytes(16).toString('hex'))
    const create = () => open(path, 'wx+', 0o600)
    // The folder is there, but for the first time.
    const file = await create().catch(() => mkdir(folder, { recursive: true, mode: 0o700 }).then(create))
    await unlink(path)
    return file
  } catch (cause) {
    throw new Failure('SCRATCH_FULL', {}, { cause })
  }
}

async function writeAll(file: FileHandle, block: Buffer, position: number): Promise<void> {
  try {
    for (let done = 0; done < block.length;) {
      const { bytesWritten } = await file.write(block, done, block.length - done, position + done)
      done += bytesWritten
    }
  } catch (cause) {
    throw new Failure('SCRATCH_FULL', {}, { cause })
  }
}
