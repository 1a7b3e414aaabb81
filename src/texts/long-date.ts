import type { Language } from '#model.ts'

// Made once: each takes longer to make than a thousand dates to write.
const days = formats({ dateStyle: 'long' })
const times = formats({ dateStyle: 'long', timeStyle: 'short' })

/** The day in the language's long form, in the machine's time zone: `24 december 2026`, `24 December 2026`. */
export function longDate(date: Date, lang: Language): string {
  return days[lang].format(date)
}

/** The same with its time: `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`. */
export function longDateAndTime(date: Date, lang: Language): string {
  return times[lang].format(date)
}

function formats(options: Intl.DateTimeFormatOptions): Record<Language, Intl.DateTimeFormat> {
  return { sv: new Intl.DateTimeFormat('sv-SE', options), en: new Intl.DateTimeFormat('en-GB', options) }
}
