import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf, expiresAt, expiryProblem } from '#options/expiry.ts'
import { loadSettings } from '#settings/load-settings.ts'
import { machineTimeZone, readTimeZone } from '#platform/time-zone.ts'
import { useTimeZone } from '#settings/use-time-zone.ts'
import { longDate, longDateAndTime, longDateAndTimeWithZone, timeOfDayWithZone } from '#texts/long-date.ts'

const machine = machineTimeZone()
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-zone-'))
})
afterAll(async () => {
  useTimeZone(machine)
  await rm(folder, { recursive: true })
})

test.each([
  ['Europe/Stockholm', 'Europe/Stockholm'],
  ['europe/stockholm', 'Europe/Stockholm'],
  ['UTC', 'UTC'],
  ['Etc/GMT+3', 'Etc/GMT+3'],
  ['Europa/Stockholm', null],
  ['+02:00', null],
  ['-0100', null],
  ['', null],
  [':/etc/localtime', null],
])('the time zone %s is %s', (name, read) => {
  expect(readTimeZone(name)).toBe(read)
})

test('the zone of the settings is that of every date from then on; without one, it is that of the machine', async () => {
  const file = join(folder, 'kuvert.yaml')
  const moment = new Date('2026-12-24T23:05:00Z')
  await writeFile(file, 'timeZone: europe/helsinki\n')
  await loadSettings(file)
  expect(longDateAndTime(moment, 'sv')).toBe('25 december 2026 kl. 01:05')
  expect(moment.getHours()).toBe(1)
  useTimeZone(machine)
  expect(await loadSettings(undefined)).toMatchObject({ timeZone: machine })
  expect(longDate(moment, 'en')).toBe(new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(moment))
})

test.each([
  ['Europe/Stockholm', '25 december 2026', '25 December 2026 at 00:05 CET', '00:05 CET'],
  ['UTC', '24 december 2026', '24 December 2026 at 23:05 UTC', '23:05 UTC'],
  ['Asia/Kolkata', '25 december 2026', '25 December 2026 at 04:35 GMT+5:30', '04:35 GMT+5:30'],
])('in %s, dates are those of the zone, which is named for people elsewhere', (zone, day, whole, time) => {
  useTimeZone(zone)
  const moment = new Date('2026-12-24T23:05:00Z')
  expect(longDate(moment, 'sv')).toBe(day)
  expect(longDateAndTimeWithZone(moment, 'en')).toBe(whole)
  expect(timeOfDayWithZone(moment, 'sv')).toBe(time)
})

test.each([
  ['Europe/Stockholm', { date: '2026-12-31' }, '2026-12-31T22:59:59.000Z'],
  ['UTC', { date: '2026-12-31' }, '2026-12-31T23:59:59.000Z'],
  ['Pacific/Kiritimati', { date: '2026-12-31' }, '2026-12-31T09:59:59.000Z'],
  // It is the 1st there already.
  ['Pacific/Kiritimati', { days: 30 }, '2026-12-31T09:59:59.000Z'],
  ['Europe/Stockholm', { days: 30 }, '2026-12-30T22:59:59.000Z'],
  // Summer time has begun by then: the day ends an hour earlier by UTC, and is the same day.
  ['Europe/Stockholm', { days: 118 }, '2027-03-28T21:59:59.000Z'],
])('in %s, %j is a day that ends at its end', (zone, expiry, end) => {
  useTimeZone(zone)
  const now = new Date('2026-11-30T12:00:00Z')
  expect(expiresAt(expiry, now).toISOString()).toBe(end)
})

test('the days that may be chosen are those of the zone, and so many days is the same day by either way', () => {
  useTimeZone('Europe/Stockholm')
  const now = new Date('2026-11-30T23:30:00Z')
  expect([dayOf(now), dayOf(now, 30)]).toEqual(['2026-12-01', '2026-12-31'])
  expect(expiresAt({ date: dayOf(now, 30) }, now)).toEqual(expiresAt({ days: 30 }, now))
  expect(expiryProblem({ date: '2026-12-31' }, 30, now)).toBeNull()
  expect(expiryProblem({ date: '2027-01-01' }, 30, now)?.en).toBe('at most 30 days, that is 2026-12-31')
  expect(expiryProblem({ date: '2026-11-30' }, 30, now)?.en).toBe('a day from today on')
  expect(expiryProblem({ date: '2026-12-01' }, 30, now)).toBeNull()
})
