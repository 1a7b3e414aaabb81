const CR = 0x0d
const LF = 0x0a
const DOT = 0x2e
const lineWithDot = Buffer.from('\r\n.')

/** So much is read byte by byte before the next search: where dots stand close, searching for each would take ten times as long. */
const denseBytes = 1024

/** What one chunk of DATA held. */
export interface DataChunk {
  /** What of it belongs to the mail, without the dots that were stuffed. */
  mail: Buffer
  /** What followed the end of the mail; undefined where the mail has not ended. */
  after: Buffer | undefined
  /** A line began with a dot and a CR without LF: neither an end nor a line. */
  broken: boolean
}

/** Where the reading stands. */
const inLine = 0
const afterReturn = 1
const atStart = 2
const afterDot = 3
const afterDotReturn = 4
const ended = 5

/**
 * Returns a function that reads DATA chunk by chunk (RFC 5321 section 4.5.2); how it is cut makes no difference. The mail
 * ends with CRLF, dot, CRLF, and with nothing that resembles it; any other dot after a CRLF is taken away. Bytes are
 * moved within the chunk: it is not to be used afterwards.
 */
export function createDataReader(): (chunk: Buffer) => DataChunk {
  let state = atStart

  return chunk => {
    let length = 0
    let broken = false
    for (let index = 0, searchAt = 0; index < chunk.length;) {
      if (state === inLine && index >= searchAt) {
        const end = endOfGap(chunk, index)
        if (end === chunk.length) state = stateAfter(chunk, index)
        if (length !== index) chunk.copyWithin(length, index, end)
        length += end - index
        index = end
        searchAt = end + denseBytes
        continue
      }
      const byte = chunk[index++]!
      const before = state
      state = next(before, byte)
      if (state === ended) return { mail: chunk.subarray(0, length), after: chunk.subarray(index), broken }
      if (state < afterDot) chunk[length++] = byte
      broken ||= before === afterDotReturn
    }
    return { mail: chunk.subarray(0, length), after: undefined, broken }
  }
}

function next(state: number, byte: number): number {
  if (byte === DOT) return state === atStart ? afterDot : inLine
  if (byte === CR) return state === afterDot ? afterDotReturn : afterReturn
  if (byte !== LF) return inLine
  if (state === afterReturn) return atStart
  return state === afterDotReturn ? ended : inLine
}

function endOfGap(chunk: Buffer, from: number): number {
  const found = chunk.indexOf(lineWithDot, from)
  return found === -1 ? chunk.length : found
}

/** The state after the rest of a chunk, which was read from `from` on in the middle of a line and has no line with a dot. */
function stateAfter(chunk: Buffer, from: number): number {
  const last = chunk.length - 1
  if (chunk[last] === CR) return afterReturn
  return chunk[last] === LF && last > from && chunk[last - 1] === CR ? atStart : inLine
}
