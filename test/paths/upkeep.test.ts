import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { waitForMails } from '#demo/outbox.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert()
})
afterAll(() => kuvert.close())

async function objectKeys(): Promise<string[]> {
  const keys = []
  for await (const { key } of kuvert.parts.objects.list()) keys.push(key)
  return keys
}

test('an expired message forgets its key, its objects are removed, and others are left alone', async () => {
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] stays'))
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] goes'))
  const copies = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 2)
  const link = (subject: string) => copies.find(copy => copy.parsed.subject === subject)!.link!
  const { db } = kuvert.parts
  expect(await objectKeys()).toHaveLength(4)
  await db.query(`update messages set expires_at = now() - interval '1 second' where subject = 'goes'`)

  const later = new Date(Date.now() + 25 * 3_600_000)
  await runUpkeep(kuvert.parts, later)
  const { rows } = await db.query<{ gone: boolean }>(
    `select wrapped_key is null and ended_at is not null as gone from messages order by subject`,
  )
  expect(rows.map(row => row.gone)).toEqual([true, false])
  expect(await objectKeys()).toHaveLength(2)
  expect((await openBrowser().post(`${link('goes')}/files/0`)).status).not.toBe(303)
  expect((await openBrowser().post(`${link('stays')}/files/0`)).status).toBe(303)
})

test('objects of a mail that is just being sealed are left alone', async () => {
  const { Readable } = await import('node:stream')
  await kuvert.parts.objects.put('justnow', 3, Readable.from([Buffer.from('abc')]))
  await runUpkeep(kuvert.parts)
  expect(await objectKeys()).toContain('justnow')
})
