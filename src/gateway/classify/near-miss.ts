import { Failure } from '#failure.ts'
import { quoted } from '#texts/quoted.ts'
import type { Words } from '#texts/words.ts'
import type { Keywords } from './keywords.ts'
import { subject } from './place.ts'

const correct: Words = {
  en: 'Correct it, or remove the brackets.',
  sv: 'Rätta det, eller ta bort parenteserna.',
}

/** Of a keyword before a colon. */
export const aboutColon: Words = {
  en: 'Write the word in brackets, or begin with another word.',
  sv: 'Skriv ordet inom hakparenteser, eller börja med ett annat ord.',
}

/** Of a tag that other gateways write. */
export const aboutForeignTag: Words = {
  en: 'Other systems write tags like it, which mark nothing here. Correct it, or remove the brackets.',
  sv: 'Andra system skriver så, men här märker det ingenting. Rätta det, eller ta bort parenteserna.',
}

/** The refusal of something in the subject that is nearly the mark `meant`. */
export function nearMiss(found: string, meant: string, keywords: Keywords, hint = correct): Failure {
  return new Failure('MARK_NEARLY', {
    found: quoted(found),
    where: subject,
    meant: keywords.spelled(quoted(meant)),
    hint,
  })
}
