import type { Words } from '#texts/words.ts'

/** How long a message can be opened: days from now, or to the end of a day (`2026-12-31`). */
export type Expiry = { days: number } | { date: string }

/**
 * The moment at which a message expires: the end of that day, or of the day that is so many days from now, in the time
 * zone of the settings.
 */
export function expiresAt(expiry: Expiry, now: Date): Date {
  return 'days' in expiry ? endOfDay(now, expiry.days) : endOfDay(readDay(expiry.date))
}

/** What is wrong with an expiry that a sender chose, as a sentence fragment; null if it is allowed. */
export function expiryProblem(expiry: Expiry, atMostDays: number, now: Date): Words | null {
  const last = dayOf(now, atMostDays)
  const atMost = { en: `at most ${atMostDays} days, that is ${last}`, sv: `högst ${atMostDays} dagar, alltså ${last}` }
  if ('days' in expiry) return expiry.days > atMostDays ? atMost : null
  const end = endOfDay(readDay(expiry.date))
  if (end <= now) return { en: 'a day from today on', sv: 'en dag från och med i dag' }
  return end > endOfDay(now, atMostDays) ? atMost : null
}

/** The end of the day that is so many days after this moment. A day of 23 or 25 hours is a day. */
export function endOfDay(moment: Date, daysLater = 0): Date {
  const end = new Date(moment)
  end.setDate(end.getDate() + daysLater)
  end.setHours(23, 59, 59, 0)
  return end
}

/** The day that is so many days after this moment, as options and fields for dates have it: `2026-12-31`. */
export function dayOf(moment: Date, daysLater = 0): string {
  const day = endOfDay(moment, daysLater)
  const pad = (value: number, length = 2) => String(value).padStart(length, '0')
  return `${pad(day.getFullYear(), 4)}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`
}

/** Whether this is written like a day, whether or not there is such a day: `2026-12-31`, and `2026-02-30` as well. */
export function looksLikeDay(written: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(written)
}

/** Whether this is a day as options and fields for dates have it: `2026-12-31`, and not `2026-02-30`. */
export function isDay(written: string): boolean {
  if (!looksLikeDay(written)) return false
  const day = new Date(`${written}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(written)
}

/** A moment of the day `2026-12-31`. */
function readDay(date: string): Date {
  const [year, month, day] = date.split('-').map(Number)
  const moment = new Date(0)
  moment.setFullYear(year!, month! - 1, day)
  return moment
}
