import { Failure } from '#failure.ts'

const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const NUL = 0

/** What the line that is being read has been so far. */
const inLine = 0
const atStart = 1
const nuls = 2
const nulsAndDot = 3
const nulsDotAndReturn = 4

/**
 * Returns a function that throws where a line of the mail is NULs and a lone dot: it is not dot-stuffed, and servers that
 * drop NULs before they look for the dot take it for the end of the mail. Mail without NULs costs one search.
 */
export function watchForDisguisedEnd(): (chunk: Buffer) => void {
  let state = atStart
  return chunk => {
    if (state < nuls && !chunk.includes(NUL)) {
      state = chunk[chunk.length - 1] === LF ? atStart : inLine
      return
    }
    for (const byte of chunk) {
      state = after(state, byte)
      if (state === -1) throw new Failure('END_DISGUISED')
    }
  }
}

function after(state: number, byte: number): number {
  if (byte === LF) return state === nulsDotAndReturn ? -1 : atStart
  if (byte === NUL) return state === atStart || state === nuls ? nuls : state === nulsAndDot ? nulsAndDot : inLine
  if (byte === DOT && state === nuls) return nulsAndDot
  if (byte === CR && state === nulsAndDot) return nulsDotAndReturn
  return inLine
}
