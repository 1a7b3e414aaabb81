import { Failure } from '#failure.ts'
import { closing, opening } from './brackets.ts'

const longestSubject = 10_000
const anyBracket = new RegExp(`[${`${opening}${closing}`.replace(/[[\]]/g, '\\$&')}]`, 'u')

/**
 * Throws `MARK_UNREADABLE` for text of so many characters with a bracket in any of its readings: more than anybody
 * writes, and a bound for work that grows with the number of brackets.
 */
export function refuseTooLong(characters: number, readings: string[]): void {
  if (characters <= longestSubject || !readings.some(text => anyBracket.test(text))) return
  throw new Failure('MARK_UNREADABLE', { what: 'its subject is longer than 10,000 characters' })
}
