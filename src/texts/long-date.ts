import type { Language } from '#model.ts'

const locales: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB' }

/** The day in the language's long form, in the machine's time zone: `24 december 2026`, `24 December 2026`. */
export function longDate(date: Date, lang: Language): string {
  return new Intl.DateTimeFormat(locales[lang], { dateStyle: 'long' }).format(date)
}

/** The same with its time: `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`. */
export function longDateAndTime(date: Date, lang: Language): string {
  return new Intl.DateTimeFormat(locales[lang], { dateStyle: 'long', timeStyle: 'short' }).format(date)
}
