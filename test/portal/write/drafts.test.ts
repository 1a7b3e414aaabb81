import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import type { Browser } from '../../support/browser.ts'
import { read, staff } from '../sent/sent-message.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['portal'])
})
afterAll(() => kuvert.close())

/** A draft with a file; its path. */
async function begun(browser: Browser, subject: string): Promise<string> {
  const at = `/new/${randomUUID()}`
  const form = new FormData()
  for (const [name, value] of Object.entries({ subject, to: 'ulla@utanfor.example', text: 'Text', do: 'save' }))
    form.set(name, value)
  form.set('file', new Blob(['filens bytes']), 'underlag.pdf')
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: kuvert.portalUrl }
  const init = { method: 'POST', body: form, headers, redirect: 'manual' } as const
  expect((await fetch(new URL(at, kuvert.portalUrl), init)).status).toBe(303)
  return at
}

async function expectWhole(browser: Browser, at: string, subject: string): Promise<void> {
  const page = await (await browser.get(at)).text()
  for (const kept of [`value="${subject}"`, 'Text</textarea>', 'underlag.pdf']) expect(page).toContain(kept)
}

const restoreOf = (at: string) => at.replace('/new/', '/drafts/') + '/restore'

test('a draft that is discarded in its form can be taken back at once, with its text and its files', async () => {
  const anna = await staff(kuvert)
  const at = await begun(anna, 'Kastat')
  const answer = await anna.post(at, { subject: 'Kastat', text: 'Text', revision: '1', do: 'discard' })
  const landed = answer.headers.get('location')!
  expect([answer.status, landed]).toEqual([303, `/drafts?discarded=${at.slice(5)}`])
  expect(await read(anna, landed)).toMatch(/Utkastet är kastat\. Ångra .*Kastade .*Kastat/)
  expect(await read(anna, '/new/' + randomUUID())).not.toContain('Kastat ändrat')
  // What the page had on its way does not bring it back.
  expect((await anna.post(at, { subject: 'Sent', revision: '1', do: 'autosave' })).status).toBe(409)
  await runUpkeep(kuvert.deps)
  const restored = await anna.post(restoreOf(at))
  expect(restored.headers.get('location')).toBe(at)
  await expectWhole(anna, at, 'Kastat')
  expect(await read(anna, landed)).not.toMatch(/Utkastet är kastat|Återställ/)
})

test('it is kept for a week, and removed at once if its writer says so', async () => {
  const anna = await staff(kuvert, 'cecilia')
  const old = await begun(anna, 'Gammalt')
  const young = await begun(anna, 'Ungt')
  for (const at of [old, young]) await anna.post(at.replace('/new/', '/drafts/') + '/discard')
  const age = (at: string, days: number) =>
    kuvert.deps.db.query(`update drafts set discarded_at = now() - make_interval(days => $2) where id = $1`, [
      at.slice(5),
      days,
    ])
  await age(old, 7)
  await age(young, 6)
  await runUpkeep(kuvert.deps)
  const page = await read(anna, '/drafts')
  expect(page).toContain('Ungt')
  expect(page).not.toContain('Gammalt')
  await anna.post(young.replace('/new/', '/drafts/') + '/delete')
  expect(await read(anna, '/drafts')).toContain('Du har inga påbörjade meddelanden.')
  const { rowCount } = await kuvert.deps.db.query('select from uploads where draft_id = any($1)', [
    [old.slice(5), young.slice(5)],
  ])
  expect(rowCount).toBe(0)
})

test('who writes on in a draft that was discarded takes it back', async () => {
  const anna = await staff(kuvert)
  const at = await begun(anna, 'Fortsatt')
  await anna.post(at.replace('/new/', '/drafts/') + '/discard')
  expect((await anna.post(at, { subject: 'Fortsatt', text: 'Mer', revision: '9', do: 'autosave' })).status).toBe(204)
  expect(await read(anna, '/drafts')).not.toContain('Återställ Fortsatt')
})

test('every draft can be reached, page by page, with its recipients, and none is shown twice', async () => {
  const bertil = await staff(kuvert, 'bertil')
  const paths = await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const at = `/new/${randomUUID()}`
      await bertil.post(at, { subject: index % 2 ? `Nummer ${index}` : '', to: 'ulla@utanfor.example', do: 'save' })
      return at
    }),
  )
  const found: string[] = []
  for (let next: string | undefined = '/drafts'; next !== undefined;) {
    const page: string = await (await bertil.get(next)).text()
    expect(page).toContain('<bdi>ulla@utanfor.example</bdi>')
    found.push(...[...page.matchAll(/href="(\/new\/[\da-f-]{36})"/g)].map(match => match[1]!))
    next = /href="(\/drafts\?before=[^"]+)"/.exec(page)?.[1]
  }
  expect(found.toSorted()).toEqual(paths.toSorted())
  expect(await (await bertil.get('/new/' + randomUUID())).text()).toContain('href="/drafts"')
})

test('nobody else discards, restores or deletes a draft, and asking for it as a page changes nothing', async () => {
  const anna = await staff(kuvert)
  const bertil = await staff(kuvert, 'bertil')
  const at = await begun(anna, 'Annas eget')
  for (const action of ['discard', 'restore', 'delete']) {
    const path = `${at.replace('/new/', '/drafts/')}/${action}`
    expect((await bertil.post(path)).status).toBe(303)
    expect((await anna.get(path)).headers.get('location')).toBe('/drafts')
    expect((await anna.post(path, {}, { origin: 'https://elsewhere.example' })).status).toBe(403)
  }
  await expectWhole(anna, at, 'Annas eget')
  expect(await read(anna, '/drafts')).toContain('Annas eget')
  expect((await anna.post('/drafts/kalle/discard')).headers.get('location')).toBe('/drafts')
})

test('of those that an account has discarded, only the latest are kept', async () => {
  const cecilia = await staff(kuvert, 'cecilia')
  const discard = (subject: string) => cecilia.post(`/new/${randomUUID()}`, { subject, do: 'discard' })
  for (let count = 0; count < 27; count += 1) await discard(`Kastat ${count}.`)
  const page = await read(cecilia, '/drafts')
  expect(page).toContain('Kastat 26.')
  expect(page).toContain('Kastat 2.')
  expect(page).not.toMatch(/Kastat [01]\./)
  const { rowCount } = await kuvert.deps.db.query(
    `select from drafts where account_id = 'cecilia' and discarded_at is not null`,
  )
  expect(rowCount).toBe(25)
})
