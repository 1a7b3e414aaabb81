import type { Language } from '#model.ts'
import { timeZone } from '#platform/time-zone.ts'

const locales: Record<Language, string> = { sv: 'sv-SE', en: 'en-GB' }
const day = { day: 'numeric', month: 'long', year: 'numeric' } as const
const time = { hour: '2-digit', minute: '2-digit' } as const
const zone = { timeZoneName: 'short' } as const

/** Each takes longer to make than a thousand dates to write. */
const made = new Map<string, Intl.DateTimeFormat>()

/** The day in the language's long form, as all dates here in the time zone of the settings: `24 december 2026`, `24 December 2026`. */
export function longDate(date: Date, lang: Language): string {
  return write(date, lang, day)
}

/** The same with its time: `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`. */
export function longDateAndTime(date: Date, lang: Language): string {
  return write(date, lang, { ...day, ...time })
}

/** The same with the time zone, for people who may be in another one: `24 december 2026 kl. 14:05 CET`. */
export function longDateAndTimeWithZone(date: Date, lang: Language): string {
  return write(date, lang, { ...day, ...time, ...zone })
}

/** `14:05 CET` */
export function timeOfDayWithZone(date: Date, lang: Language): string {
  return write(date, lang, { ...time, ...zone })
}

function write(date: Date, lang: Language, options: Intl.DateTimeFormatOptions): string {
  const key = [lang, timeZone(), ...Object.keys(options)].join(' ')
  const format = made.get(key) ?? new Intl.DateTimeFormat(locales[lang], { ...options, timeZone: timeZone() })
  made.set(key, format)
  return format.format(date)
}
