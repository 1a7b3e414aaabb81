import { makeWhenFree } from '#platform/semaphore.ts'

/** What pieces of files may hold in memory before they are stored, all uploads of this process together. */
const sharedBytes = 32 * 1024 ** 2
/** Storing a piece takes several times its memory. */
const storedAtOnce = 4

/** Keeps many uploads at the same time from taking all memory. */
export interface UploadRoom {
  /** Counts bytes that are held from now on; what is given back is negative. */
  hold(bytes: number): void
  /** So much is held that what has come is to be stored, small as it may be. */
  isScarce(): boolean
  /** Stores a piece, when it is its turn. */
  store<Result>(work: () => Promise<Result>): Promise<Result>
}

export function makeUploadRoom(): UploadRoom {
  let heldBytes = 0
  return {
    hold: bytes => void (heldBytes += bytes),
    isScarce: () => heldBytes > sharedBytes,
    store: makeWhenFree(storedAtOnce),
  }
}
