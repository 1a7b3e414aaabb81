import type { Words } from '#texts/words.ts'
import { closing, opening } from './brackets.ts'
import type { Keywords } from './keywords.ts'
import { inSubject } from './place.ts'
import { unreadable } from './unreadable.ts'

const longestSubject = 10_000
const tooLong: Words = {
  en: 'its subject is longer than 10,000 characters',
  sv: 'ämnet är längre än 10 000 tecken',
}
const anyBracket = new RegExp(`[${`${opening}${closing}`.replace(/[[\]]/g, '\\$&')}]`, 'u')

/**
 * Throws `MARK_UNREADABLE` for text of so many characters with a bracket in any of its readings: more than anybody
 * writes, and a bound for work that grows with the number of brackets.
 */
export function refuseTooLong(characters: number, readings: string[], keywords: Keywords): void {
  if (characters <= longestSubject || !readings.some(text => anyBracket.test(text))) return
  throw unreadable(tooLong, inSubject(keywords))
}
