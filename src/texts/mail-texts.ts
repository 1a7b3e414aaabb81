import type { Language } from '#model.ts'
import { english } from './english.ts'
import type { MailSentences } from './mail-sentences.ts'
import { swedish } from './swedish.ts'

/** What Kuvert writes into mails, by language. */
export const mailTexts: Record<Language, MailSentences> = { sv: swedish, en: english }
