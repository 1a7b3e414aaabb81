/** Kept at the most for those who come next. */
const keptBytes = 16 * 1024 ** 2

/**
 * Memory for blocks of mails and files, which is used again: new memory for each has V8 look for garbage all the time. There are few sizes:
 * powers of two.
 */
export interface BlockMemory {
  take(sizeBytes: number): Buffer
  /** Nobody reads or writes it any more. */
  giveBack(memory: Buffer): void
}

/** Where `isShared`, another thread may read what is in it; encryption works on it more slowly. */
export function makeBlockMemory(isShared: boolean): BlockMemory {
  const allocate = (bytes: number) =>
    isShared ? Buffer.from(new SharedArrayBuffer(bytes)) : Buffer.allocUnsafeSlow(bytes)
  const kept = new Map<number, Buffer[]>()
  let keptNow = 0
  return {
    take(sizeBytes) {
      const memory = kept.get(sizeBytes)?.pop()
      if (!memory) return allocate(sizeBytes)
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
