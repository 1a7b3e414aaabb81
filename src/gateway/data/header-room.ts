import { Failure } from '#failure.ts'

/** The header sections of all mails that are being received share so much memory. */
const maxBytes = 16 * 1024 ** 2
/** What every mail may have of its own: few are longer. */
const ownBytes = 64 * 1024

/** Keeps many long header sections at once from taking all memory. */
export interface HeaderRoom {
  /** For one mail. */
  enter(): {
    /** Throws `SCRATCH_FULL` where there is no room for a header section of so many bytes. */
    makeRoom(bytes: number): void
    /** The mail needs it no longer. */
    leave(): void
  }
}

export function makeHeaderRoom(): HeaderRoom {
  let takenBytes = 0
  return {
    enter: () => {
      let taken = 0
      return {
        makeRoom: bytes => {
          const more = Math.max(0, bytes - ownBytes) - taken
          if (more > 0 && takenBytes + more > maxBytes) throw new Failure('SCRATCH_FULL')
          taken += more
          takenBytes += more
        },
        leave: () => {
          takenBytes -= taken
          taken = 0
        },
      }
    },
  }
}
