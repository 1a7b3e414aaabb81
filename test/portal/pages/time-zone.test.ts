import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dayOf } from '#options/expiry.ts'
import { machineTimeZone } from '#platform/time-zone.ts'
import { useTimeZone } from '#settings/use-time-zone.ts'
import { openBrowser } from '../../support/browser.ts'
import { asText, read, staff } from '../sent/sent-message.ts'
import { linkIn, startSentPortal, type SentPortal } from '../sent/sent-portal.ts'

const machine = machineTimeZone()
let portal: SentPortal
beforeAll(async () => {
  // There, a day ends when it is noon of the same day in Stockholm, or eleven.
  useTimeZone('Pacific/Kiritimati')
  portal = await startSentPortal()
})
afterAll(async () => {
  await portal.close()
  useTimeZone(machine)
})

test('days begin and end in the time zone of the settings, and recipients are told which that is', async () => {
  const today = dayOf(new Date())
  const form = await (await portal.anna.get(`/new/${randomUUID()}`)).text()
  expect(form).toContain(`min="${today}"`)
  expect(form).toContain(`value="${dayOf(new Date(), 30)}"`)
  const path = await portal.sent({ subject: 'Idag', to: 'ulla@utanfor.example', 'login-kind': 'none', expires: today })
  const { rows } = await portal.kuvert.deps.db.query<{ ends: string }>(
    `select to_char(expires_at at time zone 'Pacific/Kiritimati', 'YYYY-MM-DD HH24:MI:SS') as ends from messages where id = $1`,
    [path.split('/')[2]],
  )
  expect(rows).toEqual([{ ends: `${today} 23:59:59` }])
  const inWords = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'long' }).format(new Date(`${today}T00:00:00`))
  const [mail] = await portal.mailsTo('ulla@utanfor.example', 'Idag')
  expect(mail!.replace(/\s+/g, ' ')).toContain(`till och med den ${inWords}`)
  const page = await openBrowser(portal.kuvert.portalUrl).get(linkIn(mail!))
  expect(asText(await page.text())).toContain(`Kan öppnas till ${inWords} kl. 23:59 GMT+14`)
  // Their sender is at home.
  expect(await read(await staff(portal.kuvert), path)).toContain(`Kan öppnas till ${inWords} kl. 23:59 `)
})
