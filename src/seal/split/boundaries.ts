import { Failure } from '#failure.ts'

/** What a boundary line says. */
export interface BoundaryLine {
  boundary: string
  closes: boolean
}

/** The boundaries that have been met so far, so that lines of dashes can be told from boundary lines. */
export interface Boundaries {
  open(boundary: string): void
  close(boundary: string): void
  /**
   * Reads a line that starts with two dashes, without its line end; null where it is no boundary line. Throws
   * `MAIL_AMBIGUOUS` where it is one only to some readers: RFC 2046 lets them compare no more than the start.
   */
  read(line: string): BoundaryLine | null
}

/** No boundaries yet. */
export function noBoundaries(): Boundaries {
  const met = new Map<string, 'open' | 'closed'>()
  const openOfLength = new Map<number, number>()

  function count(boundary: string, change: 1 | -1): void {
    const left = (openOfLength.get(boundary.length) ?? 0) + change
    if (left === 0) openOfLength.delete(boundary.length)
    else openOfLength.set(boundary.length, left)
  }

  return {
    open(boundary) {
      if (met.get(boundary) === 'open') ambiguous('two nested multiparts have the same boundary')
      met.set(boundary, 'open')
      count(boundary, 1)
    },
    close(boundary) {
      met.set(boundary, 'closed')
      count(boundary, -1)
    },
    read(line) {
      const text = line.slice(2).replace(/[ \t]{1,1000}$/, '')
      const candidates: BoundaryLine[] = [{ boundary: text, closes: false }]
      if (text.endsWith('--')) candidates.push({ boundary: text.slice(0, -2), closes: true })
      const known = candidates.filter(candidate => met.has(candidate.boundary))
      if (known.length > 1) ambiguous('two boundaries cannot be told apart')
      if (known[0]) {
        if (met.get(known[0].boundary) === 'closed') ambiguous('a boundary line comes after the end of its multipart')
        return known[0]
      }
      for (const length of openOfLength.keys()) {
        if (met.get(text.slice(0, length)) === 'open') ambiguous('a line starts like a boundary line but is none')
      }
      return null
    },
  }
}

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
