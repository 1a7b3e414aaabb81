/** Kept at the most for the next mails. */
const keptBytes = 16 * 1024 ** 2

/**
 * Memory for blocks of mails, which is used again: new memory for each mail has V8 look for garbage all the time. It is shared, so that
 * another thread may read what is in it. There are few sizes: powers of two.
 */
export interface BlockMemory {
  take(sizeBytes: number): Buffer
  /** Nobody reads or writes it any more. */
  giveBack(memory: Buffer): void
}

export function makeBlockMemory(): BlockMemory {
  const kept = new Map<number, Buffer[]>()
  let keptNow = 0
  return {
    take(sizeBytes) {
      const memory = kept.get(sizeBytes)?.pop()
      if (!memory) return Buffer.from(new SharedArrayBuffer(sizeBytes))
      keptNow -= sizeBytes
      return memory
    },
    giveBack(memory) {
      // Most mails are small: a large block makes room for them, and not the other way round.
      for (const size of [...kept.keys()].toSorted((one, other) => other - one)) {
        while (size > memory.length && keptNow + memory.length > keptBytes && kept.get(size)!.pop()) keptNow -= size
      }
      if (keptNow + memory.length > keptBytes) return
      keptNow += memory.length
      const others = kept.get(memory.length)
      if (others) others.push(memory)
      else kept.set(memory.length, [memory])
    },
  }
}
