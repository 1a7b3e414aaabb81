import { Failure } from '#failure.ts'
import type { Words } from '#texts/words.ts'
import type { Place } from './place.ts'

const anew: Words = { en: 'Write it anew, as in {example}', sv: 'Skriv om den, som i {example}' }

/** The refusal of a mark that cannot be read without guessing, with one that can be. */
export function unreadable(what: Words, { example }: Place): Failure {
  const options = { en: 'private', sv: 'privat' }
  return new Failure('MARK_UNREADABLE', { what, hint: anew, example: example(options) })
}
