/**
 * The candidate that a mistyped word was most likely meant to be, or undefined where none is near: at most
 * one slip in three letters, at least two in all.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase()
  const ranked = candidates
    .map(candidate => ({ candidate, slips: countSlips(lower, candidate.toLowerCase()) }))
    .filter(({ candidate, slips }) => slips <= Math.max(2, Math.floor(candidate.length / 3)) && slips < word.length)
    .toSorted((a, b) => a.slips - b.slips)
  return ranked[0]?.candidate
}

/** How many letters must be put in, left out, changed, or swapped with the next (Damerau-Levenshtein). */
function countSlips(from: string, to: string): number {
  let before: number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1]
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (swapped) next[j] = Math.min(next[j]!, before[j - 2]! + 1)
    }
    before = row
    row = next
  }
  return row[to.length]!
}
