import { plainWords } from '#texts/plain-words.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

/** Takes one line of the explanation. */
export type Print = (line: string) => void

const labelColumns = 13

/** A label at the left, and words beside it, over as many lines as they need. Fits 80 columns. */
export function labelled(label: string, words: string): string[] {
  return wrapLines(plainWords(words), `${label} `.padEnd(labelColumns), ' '.repeat(labelColumns))
}

/** Words, indented by so many columns; further lines by `rest` columns. */
export function indented(words: string, first = 2, rest = first): string[] {
  return wrapLines(plainWords(words), ' '.repeat(first), ' '.repeat(rest))
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}
