import type { Language } from '#model.ts'
import { longDateAndTime, longDateAndTimeWithZone, timeOfDayWithZone } from '#texts/long-date.ts'

/** On pages of the organisation's own: `24 december 2026 kl. 14:05`, `24 December 2026 at 14:05`; in the time zone of the settings. */
export function dateAndTime(date: Date, language: Language): string {
  return longDateAndTime(date, language)
}

/** On pages of recipients, who may be in another time zone: `24 december 2026 kl. 14:05 CET`. */
export function dateAndTimeWithZone(date: Date, language: Language): string {
  return longDateAndTimeWithZone(date, language)
}

/** On pages of recipients: `14:05 CET`. */
export function timeOfDay(date: Date, language: Language): string {
  return timeOfDayWithZone(date, language)
}
