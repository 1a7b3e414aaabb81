import type { Language } from '#model.ts'
import { english } from './words-en.ts'
import { swedish, type Words } from './words-sv.ts'

/** The catalogue: every word on the pages, in every language. */
export const words: Record<Language, Words> = { sv: swedish, en: english }
