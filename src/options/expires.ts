import { z } from 'zod'
import type { Words } from '#texts/words.ts'
import { expiryProblem, isDay, looksLikeDay, type Expiry } from './expiry.ts'
import { lowest, type OptionRecord, type Reading } from './option.ts'

const mostDays = 3650

/** A number of days that an admin or a person sets. */
export const days = z.int().min(1).max(mostDays)

const unitDays: ReadonlyMap<string, number> = new Map([
  ...['d', 'day', 'days', 'dag', 'dagar', 'dygn'].map((unit): [string, number] => [unit, 1]),
  ...['w', 'week', 'weeks', 'v', 'vecka', 'veckor'].map((unit): [string, number] => [unit, 7]),
])

/** They may stand between the key and the time: `giltig i 7 dagar`. */
const fillers = ['in', 'after', 'until', 'on', 'i', 'om', 'efter', 'till', 'tom', 't.o.m.']

const wholeDays: Words = { en: 'a whole number of days, at least 1', sv: 'ett helt antal dagar, minst 1' }
const noSuchDay: Words = { en: 'there is no such day', sv: 'en dag som finns' }

/** How long a message can be opened. */
export const expires = {
  keys: { en: ['expires', 'expiry', 'expire'], sv: ['giltig', 'giltigt'] },
  phrases: [],
  values: [],
  read: readBehindKey,
  readAlone: readExpiry,
  isFlag: false,
  say: expiry => {
    const written = 'days' in expiry ? `${expiry.days}d` : expiry.date
    return { en: written, sv: written }
  },
  hint: {
    en: 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.',
    sv: 'Skriv antalet dagar, som giltig=7d, eller sista dagen, som giltig=2026-12-31.',
  },
  example: { en: 'expires=7d', sv: 'giltig=7d' },
  builtIn: () => ({ days: 30 }),
  setting: {
    name: 'expiresDays' as const,
    schema: days,
    description: 'How long the message can be opened.',
    example: 30,
    valueOf: count => ({ days: count }),
  },
  bound: {
    name: 'expiresAtMostDays' as const,
    schema: days,
    description: 'The longest that may be chosen.',
    example: 5,
    add: lowest,
    within: (expiry, most) => ('days' in expiry && expiry.days > most ? { days: most } : expiry),
    problem: expiryProblem,
  },
  form: {
    kind: 'day',
    label: { en: 'Can be opened until and including', sv: 'Kan öppnas till och med' },
    hint: {
      en: 'Everything is removed after that. At most {days} days.',
      sv: 'Därefter tas allt bort. Högst {days} dagar.',
    },
    daysLabel: { en: 'Can be opened for so many days', sv: 'Kan öppnas i så många dagar' },
    mostDays,
  },
  docs: {
    title: 'when it expires',
    rows: [
      {
        means: 'when the day ends that is so many days ahead: 30 (default), 180 at most',
        en: ['expires=30d', 'expires=30 days', '30 days', 'expires in 30 days'],
        sv: ['giltig=30d', '30 dagar', 'giltig i 30 dagar'],
      },
      { means: 'the same in weeks', en: ['expires=2w', '2 weeks'], sv: ['giltig=2v', '2 veckor'] },
      {
        means: 'when that day ends, in the time zone of the settings',
        en: ['expires=2026-12-31', 'expires until 2026-12-31'],
        sv: ['giltig=2026-12-31', 'giltig till 2026-12-31'],
      },
    ],
  },
} satisfies OptionRecord<Expiry, number, number>

function readBehindKey([first = '', ...others]: string[]): Reading<Expiry> | undefined {
  if (!fillers.includes(first)) return readExpiry([first, ...others])
  const reading = readExpiry(others)
  return reading && { ...reading, count: reading.count + 1 }
}

/** A duration (`7d`, `7 dagar`) or a day (`2026-12-31`). */
function readExpiry([first = '', next]: string[]): Reading<Expiry> | undefined {
  if (looksLikeDay(first)) return isDay(first) ? { value: { date: first }, count: 1 } : { outside: noSuchDay, count: 1 }
  const [, number = '', unit = ''] = /^(-?\d+(?:\.\d+)?)([a-z]*)$/.exec(first) ?? []
  if (unit !== '') return duration(Number(number), unit, 1)
  return number !== '' && next !== undefined ? duration(Number(number), next, 2) : undefined
}

function duration(units: number, unit: string, count: number): Reading<Expiry> | undefined {
  const unitLength = unitDays.get(unit)
  if (unitLength === undefined) return undefined
  if (!Number.isInteger(units) || units < 1) return { outside: wholeDays, count }
  return { value: { days: units * unitLength }, count }
}
