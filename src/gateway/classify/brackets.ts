/** Square brackets in a text, and those that look like them (full-width, corner, tortoise-shell, with a quill). */
export interface Bracket {
  /** Index of the opening bracket. */
  start: number
  /** Index after the closing bracket; where there is none, of the next bracket or the end of the text. */
  end: number
  content: string
  closed: boolean
  /** Whether both brackets are `[` and `]` themselves. */
  proper: boolean
}

/** The pairs of brackets, those without an end, and the indexes of ends without a beginning. */
export interface Brackets {
  pairs: Bracket[]
  strayEnds: number[]
}

/** Every bracket that begins a pair. */
export const opening = '[［【〔〖〘〚「『｢⟦⟬❲﹝﹇⁅⦋⦍⦏⦗⎡⎣⸢⸤⹕⹗'
/** Every bracket that ends a pair. */
export const closing = ']］】〕〗〙〛」』｣⟧⟭❳﹞﹈⁆⦌⦎⦐⦘⎤⎦⸣⸥⹖⹘'

/** Finds brackets in one pass. They do not nest: one that opens before the last was closed leaves it without an end. */
export function findBrackets(text: string): Brackets {
  const pairs: Bracket[] = []
  const strayEnds: number[] = []
  let start = -1
  const leaveOpen = (end: number) => {
    if (start !== -1) pairs.push({ start, end, content: text.slice(start + 1, end), closed: false, proper: false })
  }
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!
    if (opening.includes(character)) {
      leaveOpen(at)
      start = at
    } else if (closing.includes(character)) {
      if (start === -1) strayEnds.push(at)
      else {
        const proper = text[start] === '[' && character === ']'
        pairs.push({ start, end: at + 1, content: text.slice(start + 1, at), closed: true, proper })
      }
      start = -1
    }
  }
  leaveOpen(text.length)
  return { pairs, strayEnds }
}
