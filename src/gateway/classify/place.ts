import type { Language } from '#model.ts'
import { nearestAscii } from '#texts/nearest-ascii.ts'
import type { Spelled, Words } from '#texts/words.ts'
import type { Keywords } from './keywords.ts'

/** Where options stand, in sentences. */
export interface Place {
  where: Words
  /** What would have worked there: these options in a mark. */
  example: (options: Words) => Record<Language, Spelled>
}

/** The subject, as a place of options. */
export const subject: Words = { en: 'the subject', sv: 'ämnet' }

/** The subject with its examples. */
export function inSubject(keywords: Keywords): Place {
  return {
    where: subject,
    example: ({ en, sv }) => ({ en: exampleTag(keywords, 'en', en), sv: exampleTag(keywords, 'sv', sv) }),
  }
}

/** The header of that name. */
export function headerWords(name: string): Words {
  return { en: `the header ${name}`, sv: `fältet ${name}` }
}

/** The header with its examples. */
export function inHeader(name: string): Place {
  const spelled = (options: string) => ({ letters: `${name}: ${options}`, ascii: `${name}: ${nearestAscii(options)}` })
  return { where: headerWords(name), example: ({ en, sv }) => ({ en: spelled(en), sv: spelled(sv) }) }
}

function exampleTag(keywords: Keywords, language: Language, options: string): Spelled {
  const behind = options === '' ? '' : `, ${options}`
  const { letters, ascii } = keywords.exampleIn(language)
  return { letters: `[${letters}${behind}]`, ascii: `[${ascii}${nearestAscii(behind)}]` }
}
