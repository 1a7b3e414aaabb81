import { randomUUID } from 'node:crypto'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitForMails, type DeliveredMail } from '#demo/outbox.ts'
import { openBrowser, type Browser } from '../support/browser.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
let outbox: string
const seen = new Set<string>()
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['portal', 'courier'])
  outbox = join(kuvert.folder, 'outbox')
})
afterAll(() => kuvert.close())

async function staff(login: string): Promise<Browser> {
  const browser = openBrowser(kuvert.portalUrl)
  await browser.post('/login', { login, password: `${login}-ord` })
  return browser
}

/** Sends a message from Anna with two files, and returns the path of each recipient's link. */
async function sent(fields: Record<string, string>, to: string[]): Promise<Map<string, string>> {
  const anna = await staff('anna')
  const form = new FormData()
  const usual = { subject: 'Underlag', text: 'Se filerna.', 'login-kind': 'recipients', receipt: 'yes' }
  for (const [name, value] of Object.entries({ ...usual, ...fields, to: to.join(', '), do: 'send-anyway' }))
    form.set(name, value)
  for (const name of ['ett.txt', 'två.txt']) form.append('file', new Blob([name]), name)
  const cookie = [...anna.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: kuvert.portalUrl }
  const answer = await fetch(`${kuvert.portalUrl}/new/${randomUUID()}`, {
    method: 'POST',
    body: form,
    headers,
    redirect: 'manual',
  })
  expect(answer.status).toBe(303)
  const copies = await next(to.length)
  return new Map(copies.map(copy => [copy.deliveredTo, new URL(copy.link!).pathname]))
}

async function next(count: number): Promise<DeliveredMail[]> {
  const mails = await waitForMails(outbox, seen, count)
  for (const mail of mails) seen.add(basename(mail.path))
  return mails
}

/** Lets the time pass in which more may be fetched, and returns the receipts that are then sent. */
async function receipts(count: number): Promise<DeliveredMail[]> {
  const { rowCount } = await kuvert.deps.db.query(
    `update notices set next_attempt_at = now() where state = 'queued' and next_attempt_at > now() + interval '10 seconds'`,
  )
  expect(rowCount).toBe(count)
  await kuvert.deps.db.query(`select pg_notify('kuvert_deliveries', '')`)
  return count === 0 ? [] : next(count)
}

async function fetchFile(path: string, login: string | null, position: number): Promise<void> {
  const browser = openBrowser(kuvert.portalUrl)
  if (login !== null) await browser.logIn(path, login)
  const answer = await browser.download(path, position)
  expect(answer.status).toBe(200)
  await answer.arrayBuffer()
}

test('the sender gets one mail when a recipient first fetches, with who, what and when', async () => {
  const links = await sent({}, ['bertil@kommun.example', 'cecilia@kommun.example'])
  await fetchFile(links.get('bertil@kommun.example')!, 'bertil', 0)
  await fetchFile(links.get('bertil@kommun.example')!, 'bertil', 1)
  const [mail] = await receipts(1)
  const text = mail!.parsed.text!.replaceAll(/\s+/g, ' ')
  expect(mail!.deliveredTo).toBe('anna@kommun.example')
  expect(mail!.parsed.subject).toBe('Öppnat: Underlag')
  expect(text).toMatch(/Bertil Öst \(bertil@kommun\.example\) öppnade ditt meddelande \d+ \w+ \d{4} kl\. \d\d:\d\d\./)
  expect(text).toContain('- ett.txt - två.txt')
  expect(mail!.parsed.headers.get('auto-submitted')).toBe('auto-generated')
  expect(text).not.toContain('/l/')
  await fetchFile(links.get('bertil@kommun.example')!, 'bertil', 1)
  expect(await receipts(0)).toEqual([])
  await fetchFile(links.get('cecilia@kommun.example')!, 'cecilia', 1)
  expect((await receipts(1))[0]!.parsed.text).toContain('Cecilia Ek')
})

test('one who wants none gets none', async () => {
  const links = await sent({ receipt: '' }, ['bertil@kommun.example'])
  await fetchFile(links.get('bertil@kommun.example')!, 'bertil', 0)
  await receipts(0)
})

test('looking at the page is no download, and nor is one’s own', async () => {
  const links = await sent({ 'login-kind': 'locals' }, ['bertil@kommun.example', 'anna@kommun.example'])
  const bertil = openBrowser(kuvert.portalUrl)
  await bertil.logIn(links.get('bertil@kommun.example')!, 'bertil')
  await bertil.get(links.get('bertil@kommun.example')!)
  await fetchFile(links.get('anna@kommun.example')!, 'anna', 0)
  await receipts(0)
})

test('where nobody is asked to log in, it says that nobody can tell who it was', async () => {
  const links = await sent({ 'login-kind': 'none' }, ['ulla@utanfor.example'])
  await fetchFile(links.get('ulla@utanfor.example')!, null, 0)
  const [mail] = await receipts(1)
  expect(mail!.parsed.text!.replaceAll(/\s+/g, ' ')).toContain(
    'med länken som skickades till ulla@utanfor.example. Ingen inloggning krävdes, så det går inte att veta av vem.',
  )
})

test('another local is named, with whose link it was', async () => {
  const links = await sent({ 'login-kind': 'locals' }, ['bertil@kommun.example'])
  await fetchFile(links.get('bertil@kommun.example')!, 'cecilia', 0)
  const [mail] = await receipts(1)
  expect(mail!.parsed.text!.replaceAll(/\s+/g, ' ')).toMatch(
    /^Cecilia Ek öppnade ditt meddelande .*, med länken som skickades till bertil@kommun\.example\./,
  )
})

test('a private message’s receipt names no file', async () => {
  const links = await sent({ private: 'yes' }, ['bertil@kommun.example'])
  await fetchFile(links.get('bertil@kommun.example')!, 'bertil', 1)
  const [mail] = await receipts(1)
  expect(mail!.parsed.text).toContain('- en fil')
  expect(mail!.parsed.text).not.toContain('.txt')
})
