/** Where a signature starts. */
export interface SignaturePlace {
  /** Of its first line; counts decoded bytes. */
  at: number
  /** True where the line above ends with a blank: in format=flowed it goes on in the next (RFC 3676 section 4.1). */
  followsBlank: boolean
}

/** More than a delimiter is long, with the end of the line above. */
const overlapUnits = 16

/**
 * Finds the first line `-- ` in a text that comes in blocks, one byte for each unit. The first, because mail
 * programs take all below it for the signature. `end` takes the bytes in a unit.
 */
export function findSignature(): { write(units: Buffer): void; end(unitBytes: number): SignaturePlace | null } {
  let recent = '\n'
  // Of the first unit in `recent`; the line end before the text is none of it.
  let offset = -1
  let found: { unit: number; followsBlank: boolean } | null = null

  function look(delimiter: RegExp): void {
    const match = found ? null : delimiter.exec(recent)
    if (match) found = { unit: offset + match.index + match[0].indexOf('-'), followsBlank: match[0].startsWith(' ') }
  }

  return {
    write(units) {
      if (found) return
      recent += units.toString('latin1')
      look(/ ?\r?\n-- \r?\n/)
      offset += Math.max(recent.length - overlapUnits, 0)
      recent = recent.slice(-overlapUnits)
    },
    end(unitBytes) {
      look(/ ?\r?\n-- (\r?\n)?$/)
      return found && { at: found.unit * unitBytes, followsBlank: found.followsBlank }
    },
  }
}
