import type { MessageRow } from '#database/messages.ts'
import type { SentProblem } from '#portal/pages/problem.ts'
import { dayOf, endOfDay, expiresAt, expiryProblem, isDay } from '#options/expiry.ts'
import type { Limits } from '#options/limits.ts'
import { mostDownloads } from '#options/max.ts'

/** What may still be changed of a message, within the admin's bounds. */
export interface Changeable {
  /** Days as a field for dates has them, `2026-12-31`; null where it cannot be extended. */
  extend: { firstDay: string; lastDay: string; atMostDays: number } | null
  /** Null where the limit cannot be raised. */
  raise: { atLeast: number; atMost: number; orUnlimited: boolean } | null
}

export function changeable({ expiresAt: until, max }: MessageRow, limits: Limits, now: Date): Changeable {
  const atMostDays = limits.expires.value
  const lastDay = dayOf(now, atMostDays)
  const firstDay = dayOf(until)
  const isLater = expiresAt({ date: lastDay }, now) > until
  const atMost = limits.max?.value ?? mostDownloads
  const orUnlimited = limits.max === null
  const canRaise = max !== null && !limits.locked.has('max') && (orUnlimited || max < atMost)
  return {
    extend: !limits.locked.has('expires') && isLater ? { firstDay, lastDay, atMostDays } : null,
    raise: canRaise ? { atLeast: max + 1, atMost, orUnlimited } : null,
  }
}

/** The new end of a message, from a day as it was filled in, or why it cannot be. */
export function readExtension(
  { expiresAt: until }: MessageRow,
  written: string,
  { limits, now }: { limits: Limits; now: Date },
): Date | SentProblem {
  const days = limits.expires.value
  const expiry = { date: written }
  if (!isDay(written) || limits.locked.has('expires') || expiryProblem(expiry, days, now) !== null)
    return { field: 'expires', what: 'day not allowed', days }
  const end = expiresAt(expiry, now)
  // The same day once more is a form that was sent twice.
  return end < until ? { field: 'expires', what: 'not later' } : end
}

/** The new limit of a message, null for none, or why it cannot be. */
export function readRaise(
  { max }: MessageRow,
  written: string,
  limits: Limits,
): { max: number | null } | { problem: SentProblem } {
  const atMost = limits.max?.value ?? mostDownloads
  const wanted = written === '' ? null : Number(written)
  const isCount = wanted === null ? limits.max === null : Number.isInteger(wanted) && wanted >= 1 && wanted <= atMost
  if (!isCount || limits.locked.has('max'))
    return { problem: { field: 'max', what: 'count not allowed', atMost, needed: limits.max !== null } }
  if (max !== null && wanted !== null && wanted < max) return { problem: { field: 'max', what: 'not more', max } }
  return { max: wanted }
}

/** Whether a message, as it is, may be sent to those for whom these limits were added up. */
export function isWithin(message: MessageRow, limits: Limits, now: Date): boolean {
  const { login, max, expires } = limits
  if (login && !login.value.includes(message.login)) return false
  if (max && (message.max === null || message.max > max.value)) return false
  if (limits.private?.value === true && !message.private) return false
  return message.expiresAt <= endOfDay(now, expires.value)
}
