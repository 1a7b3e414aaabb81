import type { ByteSource } from './byte-source.ts'

/** Memory that is lent for one block that nobody has asked for yet. */
export interface SpareMemory {
  /** Undefined where all of it is lent. */
  take(): Buffer | undefined
  /** Back, with memory of the same size in its place, if there is any. */
  giveBack(memory?: Buffer): void
}

/** Enough for the storage, the processor and the line to work at once; many slow readers must not hold more than one block each. */
export function spareMemory(blocks: number, blockBytes: number): SpareMemory {
  const idle: Buffer[] = []
  let left = blocks
  return {
    take() {
      if (left === 0) return undefined
      left -= 1
      return idle.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
    },
    giveBack(memory) {
      left += 1
      if (memory) idle.push(memory)
    },
  }
}

/** Reads a source block by block. One is in memory at a time, and one more while there is memory to spare. */
export interface BlockReader {
  /** The next block: of so many bytes, fewer only at the end. It is good until the next one is asked for. */
  next(bytes: number): Promise<Buffer>
  /** Begins with the next block already, where that can be. It must then be asked for with as many bytes. */
  begin(bytes: number): void
  /** As the source's. */
  close(): void
}

/** Blocks of `blockBytes` at most; where `begin` is called, that is what the spare memory has. */
export function readBlocks(source: ByteSource, blockBytes: number, spare: SpareMemory): BlockReader {
  let memory: Buffer = Buffer.allocUnsafeSlow(blockBytes)
  let begun: { memory: Buffer; filled: Promise<number> } | undefined
  return {
    async next(bytes) {
      if (!begun) return memory.subarray(0, await source.fill(memory.subarray(0, bytes)))
      const { memory: ahead, filled } = begun
      begun = undefined
      // What was read before is not needed any more.
      spare.giveBack(memory)
      memory = ahead
      return memory.subarray(0, await filled)
    },
    begin(bytes) {
      const ahead = spare.take()
      if (!ahead) return
      const filled = source.fill(ahead.subarray(0, bytes))
      // It is told to the one who asks for the block, who may never come.
      filled.catch(() => undefined)
      begun = { memory: ahead, filled }
    },
    close() {
      source.close()
      // What is being read may still come, into memory that nobody uses then.
      if (begun) spare.giveBack()
      begun = undefined
    },
  }
}
