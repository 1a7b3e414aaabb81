/** Characters that take two columns in a terminal. */
const wide = /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/u

const maxColumns = 74

/**
 * Breaks words into lines of at most 74 columns, between words where it can. `first` and `rest` stand in front
 * of the first and of each further line. No line ends with a blank, and none can be taken for a MIME delimiter.
 */
export function wrapLines(words: string, first = '', rest = first): string[] {
  const lines: string[] = []
  let line = first
  let started = false
  for (const piece of words.split(' ').flatMap(word => cutLongWord(word, maxColumns - rest.length))) {
    if (started && columns(line) + 1 + columns(piece) > maxColumns) {
      lines.push(line)
      line = rest
      started = false
    }
    line += started ? ` ${piece}` : piece
    started = true
  }
  lines.push(line)
  // RFC 2046 section 5.1.1: a line that begins with two dashes might be a boundary of the mail around it.
  return lines.map(each => (each.startsWith('--') ? ` ${each}` : each))
}

function cutLongWord(word: string, most: number): string[] {
  if (columns(word) <= most) return [word]
  const pieces = ['']
  for (const character of word) {
    if (columns(pieces.at(-1)!) + columns(character) > most) pieces.push('')
    pieces[pieces.length - 1] += character
  }
  return pieces
}

function columns(text: string): number {
  let count = 0
  for (const character of text) count += wide.test(character) ? 2 : 1
  return count
}
