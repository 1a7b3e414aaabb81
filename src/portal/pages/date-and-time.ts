import type { Language } from '#model.ts'

const locales: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB' }

// To make one takes longer than the rest of a page.
const dateAndTimeFormats = formats({ dateStyle: 'long', timeStyle: 'short' })
const timeFormats = formats({ timeStyle: 'short' })

function formats(options: Intl.DateTimeFormatOptions): Record<Language, Intl.DateTimeFormat> {
  return {
    sv: new Intl.DateTimeFormat(locales.sv, options),
    en: new Intl.DateTimeFormat(locales.en, options),
  }
}

/** `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`; in the machine's time zone. */
export function dateAndTime(date: Date, language: Language): string {
  return dateAndTimeFormats[language].format(date)
}

/** `14:05`; in the machine's time zone. */
export function timeOfDay(date: Date, language: Language): string {
  return timeFormats[language].format(date)
}
