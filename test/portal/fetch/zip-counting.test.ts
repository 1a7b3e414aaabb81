import { afterAll, beforeAll, expect, test } from 'vitest'
import { alter } from '../../support/keyring.ts'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const body = { name: 'message.eml', content: Buffer.from('Subject: x\r\n\r\nHej'), kind: 'body' as const }
const files = [
  body,
  { name: 'Översikt.docx', content: Buffer.from('översikten') },
  { name: 'tom.txt', content: Buffer.alloc(0) },
  { name: 'rapport.pdf', content: Buffer.from('den första') },
  { name: 'Rapport.pdf', content: Buffer.from('den andra') },
]

test('a zip leaves out what is used up, and the page says so before it is asked for', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(1, 4) })
  await portal.browser().download(message.path, 1)
  const browser = portal.browser()
  const page = await (await browser.get(message.path)).text()
  expect(page).toContain(`action="${message.path}/zip"`)
  expect(page).toContain('Det som går att hämta, i en zip-fil')
  expect(page).toContain('Hämta resten som zip')
  expect(page).toMatch(/därför inte med: <bdi>tom\.txt</)
  const { bytes } = await fetchZip(browser, message)
  expect(bytes.includes('rapport.pdf')).toBe(true)
  expect(bytes.includes('tom.txt')).toBe(false)
  expect(await used(message)).toEqual([1, 1, 1])
})

test('when all is used up there is no zip, and who asks for one is told', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(2, 4) })
  await portal.browser().post(`${message.path}/zip`)
  const browser = portal.browser()
  expect(await (await browser.get(message.path)).text()).not.toContain('/zip"')
  const refused = await browser.post(`${message.path}/zip`)
  expect(refused.status).toBe(403)
  expect(await refused.text()).toContain('mailto:karin@kommun.example')
  expect(await used(message)).toEqual([1, 1])
})

test('of twenty browsers that ask for the last zip at the same time, one gets it and nothing else is counted', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(2) })
  const answers = await Promise.all(Array.from({ length: 20 }, () => portal.browser().post(`${message.path}/zip`)))
  expect(answers.filter(answer => answer.status === 303)).toHaveLength(1)
  expect(await used(message)).toEqual([1, 1, 1])
})

test('zips and single files that are asked for at the same time never count more than the limit', async () => {
  const message = await portal.message({ login: 'none', max: 5, files: files.slice(2) })
  const asks = ['zip', 'files/2', 'zip', 'files/0', 'zip', 'files/1', 'zip'].flatMap(what => [what, what, what])
  const answers = await Promise.all(
    asks.map(async what => ({ what, status: (await portal.browser().post(`${message.path}/${what}`)).status })),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 403]))
  expect(await used(message)).toEqual([5, 5, 5])
  const { rows } = await portal.db.query<{ tickets: number }>(
    `select count(*)::integer as tickets from downloads join files on files.id = file_id where message_id = $1
     group by position order by position`,
    [message.id],
  )
  expect(rows.map(row => row.tickets)).toEqual([5, 5, 5])
})

test('fetching a zip again, and its files one by one, costs nothing more in that browser, and the page says so', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(2) })
  const browser = portal.browser()
  const { at } = await fetchZip(browser, message)
  expect((await fetchZip(browser, message)).at).toBe(at)
  const page = await (await browser.get(message.path)).text()
  expect(page.match(/utan att det räknas/g)).toHaveLength(4)
  for (const position of [0, 1, 2]) expect((await browser.download(message.path, position)).status).toBe(200)
  expect(await used(message)).toEqual([1, 1, 1])
})

test('a zip takes in what this browser has fetched one by one, at no cost, and counts the rest', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(2) })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/1`)).headers.get('location')!
  expect(await (await browser.get(message.path)).text()).toContain('det som inte redan är hämtat här räknas')
  const { bytes } = await fetchZip(browser, message)
  for (const name of ['tom.txt', 'rapport.pdf', 'Rapport (2).pdf']) expect(bytes.includes(name)).toBe(true)
  expect(await (await browser.get(ticket)).text()).toBe('den första')
  expect(await used(message)).toEqual([1, 1, 1])
})

test('the bytes of a zip never change: when its files become another one’s, it ends', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: files.slice(2) })
  await portal.browser().download(message.path, 0)
  const browser = portal.browser()
  const { at } = await fetchZip(browser, message)
  await alter(portal.deps, 'update messages set max_downloads = 2 where id = $1', [message.id])
  const { bytes } = await fetchZip(browser, message)
  expect(bytes.includes('tom.txt')).toBe(true)
  expect((await browser.get(at)).status).toBe(404)
})

test('a private text counts like a file: once it is used up, the zip is without it', async () => {
  const message = await portal.message({ login: 'none', max: 1, files: [body, files[2]!, files[3]!] })
  await portal.browser().post(`${message.path}/text`)
  const browser = portal.browser()
  expect(await (await browser.get(message.path)).text()).toMatch(/inte med: <bdi>message\.eml</)
  expect((await fetchZip(browser, message)).bytes.includes('message.eml')).toBe(false)
})

async function fetchZip(browser: Browser, message: TestMessage): Promise<{ at: string; bytes: Buffer }> {
  const asked = await browser.post(`${message.path}/zip`)
  expect(asked.status).toBe(303)
  const at = asked.headers.get('location')!
  const response = await browser.get(at)
  expect(response.status).toBe(200)
  return { at, bytes: Buffer.from(await response.arrayBuffer()) }
}

/** Downloads counted of each file, by all. */
async function used(message: TestMessage): Promise<number[]> {
  const { rows } = await portal.db.query<{ used: number }>(
    `select coalesce((select sum(used) from counts where file_id = files.id), 0)::integer as used
     from files where message_id = $1 order by position`,
    [message.id],
  )
  return rows.map(row => row.used)
}
