import type { Language } from '#model.ts'

const locales: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB' }

/** `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`; in the machine's time zone. */
export function dateAndTime(date: Date, language: Language): string {
  return new Intl.DateTimeFormat(locales[language], { dateStyle: 'long', timeStyle: 'short' }).format(date)
}

/** `14:05`; in the machine's time zone. */
export function timeOfDay(date: Date, language: Language): string {
  return new Intl.DateTimeFormat(locales[language], { timeStyle: 'short' }).format(date)
}
