import { canBeName, canonical } from '#mail/address.ts'

/** More words than a name has would only make the question long. */
const maxWords = 5

/** The words of what somebody types to find people, in their canonical spelling; none for what can find nobody. */
export function wordsOf(text: string): string[] {
  if (!canBeName(text)) return []
  return canonical(text).trim().split(/\s+/).slice(0, maxWords)
}

/** Whether each of the words begins a word of the name, or one of the others: ids and addresses, in their canonical spelling. */
export function matchesWords(words: string[], { name, others }: { name: string; others: string[] }): boolean {
  const beginnings = [...canonical(name).split(/[\s-]+/), ...others]
  return words.every(word => beginnings.some(beginning => beginning.startsWith(word)))
}
