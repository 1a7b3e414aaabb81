import type { Words } from '#texts/words.ts'
import type { Expiry } from './option.ts'

const dayMs = 86_400_000

/** The moment at which a message expires: so many days from now, or the end of that day in the server's time zone. */
export function expiresAt(expiry: Expiry, now: Date): Date {
  return 'days' in expiry ? daysFrom(now, expiry.days) : endOfDay(expiry.date)
}

/** What is wrong with an expiry that a sender chose, as a sentence fragment; null where it is allowed. */
export function expiryProblem(expiry: Expiry, atMostDays: number, now: Date): Words | null {
  const last = lastDay(atMostDays, now)
  const atMost = { en: `at most ${atMostDays} days, that is ${last}`, sv: `högst ${atMostDays} dagar, alltså ${last}` }
  if ('days' in expiry) return expiry.days > atMostDays ? atMost : null
  const end = endOfDay(expiry.date)
  if (end <= now) return { en: 'a day from today on', sv: 'en dag från och med i dag' }
  return end > daysFrom(now, atMostDays) ? atMost : null
}

function daysFrom(now: Date, days: number): Date {
  return new Date(now.getTime() + days * dayMs)
}

function endOfDay(date: string): Date {
  const [year, month, day] = date.split('-').map(Number)
  const end = new Date(0)
  end.setFullYear(year!, month! - 1, day)
  end.setHours(23, 59, 59, 0)
  return end
}

/** The last day whose end is so many days from now at most. */
function lastDay(days: number, now: Date): string {
  const last = daysFrom(now, days)
  const day = new Date(last.getFullYear(), last.getMonth(), last.getDate() - 1)
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`
}
