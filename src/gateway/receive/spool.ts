import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '#failure.ts'
import { mailFromFile, type MailSource } from '#mail/mail-source.ts'

/** A marked mail at rest while it is sealed. */
export interface SpooledMail {
  source: MailSource
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
  return { source: mailFromFile(file, sizeBytes), sizeBytes, sha256: hash.digest('hex'), close: () => file.close() }
}

/** Few large writes instead of many small ones. */
const blockBytes = 512 * 1024

async function* inBlocks(mail: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let chunks: Buffer[] = []
  let waiting = 0
  for await (const chunk of mail) {
    chunks.push(chunk)
    waiting += chunk.length
    // Many tiny chunks cost more memory than their bytes.
    if (waiting < blockBytes && chunks.length < 4096) continue
    yield Buffer.concat(chunks)
    chunks = []
    waiting = 0
  }
  if (waiting > 0) yield Buffer.concat(chunks)
}

async function openNameless(folder: string): Promise<FileHandle> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const path = join(folder, randomBytes(16).toString('hex'))
    const file = await open(path, 'wx+', 0o600)
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
