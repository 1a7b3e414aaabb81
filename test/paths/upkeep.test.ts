import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { listMails, waitForMails } from '#demo/outbox.ts'
import { runUpkeep, startUpkeep } from '#upkeep/upkeep.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert()
})
afterAll(() => kuvert.close())

async function objectKeys(): Promise<string[]> {
  const keys = []
  for await (const { key } of kuvert.deps.objects.list()) keys.push(key)
  return keys
}

test('an expired message forgets its key, its objects are removed, and others are left alone', async () => {
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] stays'))
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] goes'))
  const long = mailWithAttachment('[secure open] goes, long', 'attached', 'A line of a long text.\r\n'.repeat(2000))
  await submit(kuvert.smtpPort, long)
  const copies = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 3)
  const link = (subject: string) => copies.find(copy => copy.parsed.subject === subject)!.link!
  const { db } = kuvert.deps
  // A file each, and the slim mail that is too large for its row.
  expect(await objectKeys()).toHaveLength(4)
  await db.query(`update messages set expires_at = now() - interval '1 second' where subject like 'goes%'`)

  const later = new Date(Date.now() + 25 * 3_600_000)
  await runUpkeep(kuvert.deps, later)
  const { rows } = await db.query<{ gone: boolean }>(
    `select wrapped_key is null and ended_at is not null and slim_sealed is null as gone from messages order by subject`,
  )
  expect(rows.map(row => row.gone)).toEqual([true, true, false])
  expect(await objectKeys()).toHaveLength(1)
  expect((await openBrowser().post(`${link('goes')}/files/0`)).status).not.toBe(303)
  expect((await openBrowser().post(`${link('stays')}/files/0`)).status).toBe(303)
})

test('objects of a mail that is just being sealed are left alone', async () => {
  const { Readable } = await import('node:stream')
  await kuvert.deps.objects.put('justnow', 3, Readable.from([Buffer.from('abc')]))
  await runUpkeep(kuvert.deps)
  expect(await objectKeys()).toContain('justnow')
})

test('nor by settings that are too impatient: what points to an object is written after it', async () => {
  const { Readable } = await import('node:stream')
  await kuvert.deps.objects.put('justnow2', 3, Readable.from([Buffer.from('abc')]))
  const { settings: all } = kuvert.deps
  const settings = { ...all, upkeep: { ...all.upkeep, sweepEveryHours: 0.000001, sweepAfterHours: 0.000001 } }
  await runUpkeep({ ...kuvert.deps, settings }, new Date(Date.now() + 1000))
  expect(await objectKeys()).toContain('justnow2')
})

test('rounds do not pile up, nor does a long pause become haste', async () => {
  const own = await startTestKuvert({}, [])
  const { db, settings } = own.deps
  // Each round deletes old codes, be it none.
  await db.query('create table rounds (at timestamptz default clock_timestamp())')
  await db.query(`create function count_round() returns trigger language plpgsql as
    $$ begin insert into rounds default values; return null; end $$`)
  await db.query('create trigger round after delete on codes for each statement execute function count_round()')
  const rounds = async () => (await db.query('select 1 from rounds')).rows.length
  const upkeepEvery = (everySeconds: number) =>
    startUpkeep({ ...own.deps, settings: { ...settings, upkeep: { ...settings.upkeep, everySeconds } } })

  const ended = await db.transaction(async tx => {
    await tx.query('lock table messages')
    const hurried = upkeepEvery(0.01)
    await pause(300)
    return { closed: hurried.close() }
  })
  await ended.closed
  expect(await rounds()).toBe(1)

  const patient = upkeepEvery(86_400 * 365)
  await expect.poll(rounds).toBe(2)
  await pause(200)
  await patient.close()
  expect(await rounds()).toBe(2)
  await own.close()
})

test('a ticket that ended with no byte sent is given back', async () => {
  const outbox = join(kuvert.folder, 'outbox')
  const before = new Set(await listMails(outbox))
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open max 1] once'))
  const [copy] = await waitForMails(outbox, before, 1)
  const ask = async () => (await openBrowser().post(`${copy!.link}/files/0`)).status
  expect([await ask(), await ask()]).toEqual([303, 403])
  await kuvert.deps.db.query(`update downloads set ends_at = now() - interval '1 second' where first_byte_at is null`)
  await runUpkeep(kuvert.deps)
  expect(await ask()).toBe(303)
})
