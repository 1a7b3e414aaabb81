import type { KeyObject } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { makeBlockMemory, type BlockMemory } from '#platform/buffers.ts'
import { startFingerprint, type Fingerprint } from '#crypto/fingerprint.ts'
import { Failure } from '#failure.ts'
import { mailFromFile, makeSource, type MailSource } from '#mail/mail-source.ts'
import { openScratchFile } from './scratch-file.ts'

/** A marked mail at rest while it is sealed. */
export interface SpooledMail {
  source: MailSource
  /** The same, for another thread: a small mail in shared memory, or the file of a large one; both until `close`. */
  whereabouts: { bytes: Buffer } | { fileDescriptor: number; sizeBytes: number }
  sizeBytes: number
  /** Of the mail as received (#crypto/fingerprint.ts). */
  mac: string
  close(): Promise<void>
}

/** Where mails are at rest. */
export interface Spool {
  /**
   * Takes a mail in: into memory while it is small, then into a scratch file that has no name, which is gone when it is
   * closed, and when the process is killed. Throws `SCRATCH_FULL` where there is no room; errors of the mail itself are
   * thrown as they are.
   */
  take(mail: AsyncIterable<Buffer>): Promise<SpooledMail>
}

const firstBytes = 64 * 1024
/** Mails up to this size need no file; larger ones are written in blocks of it. */
const largestBytes = 2 * 1024 ** 2
/** For all mails together, beside the first bytes of each; while it is used up, mails are written in smaller blocks. */
const memoryBytes = 16 * 1024 ** 2

/** Makes its folder when it needs it. */
export function openSpool(folder: string, fingerprintKey: KeyObject): Spool {
  const store: BlockStore = { memory: makeBlockMemory(true), lentBytes: 0 }
  return {
    async take(mail) {
      const block = createBlock(store)
      const scratch = createScratch(folder)
      const fingerprint = startFingerprint(fingerprintKey)
      const write = async () => {
        const bytes = block.takeAll()
        fingerprint.add(bytes)
        await scratch.write(bytes)
      }
      const take = async (chunk: Buffer) => {
        for (let at = 0; at < chunk.length;) {
          at += block.add(chunk.subarray(at))
          if (block.isFull()) await write()
        }
      }
      try {
        for await (const chunk of mail) await take(chunk)
        if (!scratch.isOpen()) return inMemory(block, fingerprint)
        await write()
      } catch (error) {
        block.release()
        await scratch.close()
        throw error
      }
      block.release()
      return scratch.toMail(fingerprint.end())
    },
  }
}

interface Block {
  /** Takes what there is room for, and returns how many bytes that is: none where it is full. */
  add(chunk: Buffer): number
  isFull(): boolean
  /** What it holds, good until more is added. */
  takeAll(): Buffer
  /** Nobody reads what it holds any more. */
  release(): void
}

/** What all blocks have their memory from. */
interface BlockStore {
  memory: BlockMemory
  /** Beyond the first bytes of each. */
  lentBytes: number
}

/**
 * Bytes are copied at once, into memory that is used again: chunks that wait for a write would be garbage that is
 * collected late. It grows for as long as the mail does and more is to be had, so that what a client never sends takes none.
 */
function createBlock(store: BlockStore): Block {
  let memory = store.memory.take(firstBytes)
  let filled = 0
  const grow = () => {
    if (memory.length === largestBytes || store.lentBytes + memory.length > memoryBytes) return
    store.lentBytes += memory.length
    const larger = store.memory.take(memory.length * 2)
    memory.copy(larger, 0, 0, filled)
    store.memory.giveBack(memory)
    memory = larger
  }
  return {
    add(chunk) {
      const copied = chunk.copy(memory, filled)
      filled += copied
      return copied
    },
    isFull() {
      if (filled === memory.length) grow()
      return filled === memory.length
    },
    takeAll() {
      const all = memory.subarray(0, filled)
      filled = 0
      return all
    },
    release() {
      // Once only: what is given back twice would be lent to two mails.
      if (memory.length === 0) return
      store.lentBytes -= memory.length - firstBytes
      store.memory.giveBack(memory)
      memory = Buffer.alloc(0)
    },
  }
}

function inMemory(block: Block, fingerprint: Fingerprint): SpooledMail {
  const bytes = block.takeAll()
  fingerprint.add(bytes)
  let isClosed = false
  const source = makeSource(bytes.length, async ({ start, end }) => {
    // By then, it may be another mail's.
    if (isClosed) throw new Error('The memory of a mail that is closed was read.')
    return bytes.subarray(start, end)
  })
  return {
    source,
    whereabouts: { bytes },
    sizeBytes: bytes.length,
    mac: fingerprint.end(),
    close: async () => {
      isClosed = true
      block.release()
    },
  }
}

/** A file, as soon as something is written. */
function createScratch(folder: string) {
  let file: FileHandle | undefined
  let sizeBytes = 0
  return {
    isOpen: () => file !== undefined,
    async write(bytes: Buffer): Promise<void> {
      file ??= await openScratchFile(folder)
      await writeAll(file, bytes, sizeBytes)
      sizeBytes += bytes.length
    },
    close: async () => file?.close(),
    toMail(mac: string): SpooledMail {
      const written = file!
      return {
        source: mailFromFile(written, sizeBytes),
        whereabouts: { fileDescriptor: written.fd, sizeBytes },
        sizeBytes,
        mac,
        close: () => written.close(),
      }
    },
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
