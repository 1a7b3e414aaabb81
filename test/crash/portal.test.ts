import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type Browser } from '../support/browser.ts'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import {
  ageObjects,
  arrivals,
  copiesFor,
  expectNothingDangles,
  linkOf,
  makeScene,
  sendOnce,
  writeMail,
  type Scene,
  type TestMail,
} from './scene.ts'
import { changed, describePoint, download, named, pointsOf, settled, written } from './steps.ts'

let scene: Scene
let door: KuvertNode
let portal: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  door = await scene.start(['gateway', 'courier'])
  portal = await scene.start(['portal'])
})
afterAll(() => scene.close())

const fileBytes = 3_000_000

/** A message that may be fetched once, and its link. */
async function onceOnly(what: string): Promise<{ mail: TestMail; link: string }> {
  const mail = writeMail(what, { mark: '[secure, open, max=1]', fileBytes, recipients: 1 })
  expect(await sendOnce(door.smtpPort, mail)).toMatchObject({ code: 250 })
  await arrivals(scene.sink, mail)
  return { mail, link: await linkOf(copiesFor(scene.sink, mail, mail.recipients[0]!)[0]!.bytes) }
}

/** What somebody got of a file: its bytes from the first, and where to ask for more. */
interface Fetched {
  bytes: Buffer
  ticket: string | undefined
}

/** Opens the link, asks for the file and fetches it, as far as it goes; goes on where it was cut off. */
async function fetchFile(browser: Browser, link: string, before?: Fetched): Promise<Fetched> {
  let { bytes, ticket } = before ?? { bytes: Buffer.alloc(0), ticket: undefined }
  try {
    if (ticket === undefined) {
      await browser.get(link)
      const asked = await browser.post(`${link}/files/0`)
      ticket = asked.status === 303 ? asked.headers.get('location')! : undefined
    }
    if (ticket === undefined) return { bytes, ticket }
    const answer = await browser.get(ticket, bytes.length > 0 ? { range: `bytes=${bytes.length}-` } : {})
    if (answer.status !== 200 && answer.status !== 206) return { bytes, ticket }
    for await (const chunk of answer.body!) bytes = Buffer.concat([bytes, chunk])
  } catch {
    // The line broke: what has come stays.
  }
  return { bytes, ticket }
}

const counted = async (mail: TestMail) => {
  const { rows } = await scene.db.query<{ used: number; served: number }>(
    `select coalesce((select sum(used) from counts where file_id = files.id), 0)::integer as used,
       (select count(*) from downloads where file_id = files.id and first_byte_at is not null and given_back_at is null)::integer as served
     from files join messages on messages.id = message_id where subject = $1`,
    [mail.subject],
  )
  return rows[0]!
}

/** Lets the time of every ticket end, and upkeep do a round. */
async function endTickets(): Promise<void> {
  await scene.db.query(`update downloads set ends_at = now() where finished_at is null`)
  const node = await scene.start(['upkeep'])
  await expect
    .poll(async () => {
      const open = `select 1 from downloads where first_byte_at is null and given_back_at is null and ends_at <= now()`
      return (await scene.db.query(open)).rows.length
    })
    .toBe(0)
  await node.kill()
}

async function crash(point: CrashPoint) {
  const { mail, link } = await onceOnly(describePoint(point))
  const first = openBrowser(scene.portalUrl)
  await portal.arm(point)
  const got = await fetchFile(first, link)
  expect(await portal.ended).toBe('SIGKILL')
  portal = await scene.start(['portal'])
  return { mail, link, first, got }
}

/** Statements of counting and of sending, beside the functions. */
const statements: CrashPoint[] = [
  { at: 'sql insert into counts', when: 'before' },
  { at: 'sql insert into counts', when: 'after' },
  { at: 'sql insert into downloads', when: 'after' },
  { at: 'sql commit', when: 'before' },
  { at: 'sql commit', when: 'after' },
  { at: 'sql with live as', when: 'before' },
  { at: 'sql with live as', when: 'after' },
]
const chunks: CrashPoint[] = [2, 3].map(nth => ({ at: 'portal/fetch/open-file.ts#openFile', when: 'during', nth }))

test.each(named([...pointsOf(download), ...statements, ...chunks]))(
  'killed %s: one download is one download, for two people',
  async (_, point) => {
    const { mail, link, first, got } = await crash(point)
    const second = openBrowser(scene.portalUrl)
    // Whoever asks first after the restart; the first one goes on with the ticket, where there is one.
    const other = await fetchFile(second, link)
    const resumed = await fetchFile(first, link, got)
    const whole = [resumed, other].filter(({ bytes }) => bytes.length === fileBytes)
    const some = [resumed, other].filter(({ bytes }) => bytes.length > 0)
    expect(some.length, 'people who got bytes').toBeLessThanOrEqual(1)
    for (const { bytes } of whole) expect(bytes.equals(mail.file)).toBe(true)
    const { used, served } = await counted(mail)
    expect(used, 'counted').toBeLessThanOrEqual(1)
    expect(served).toBeLessThanOrEqual(used)
    if (some.length > 0) expect([some.length, used, served, whole.length]).toEqual([1, 1, 1, 1])
    if (whole.length > 0) return
    // Counted, and the answer was lost: it comes back, and then one of them gets it.
    expect([used, served]).toEqual([1, 0])
    await endTickets()
    const later = await fetchFile(openBrowser(scene.portalUrl), link)
    expect(later.bytes.equals(mail.file)).toBe(true)
    expect(await counted(mail)).toEqual({ used: 1, served: 1 })
  },
)

const sealing: CrashPoint[] = [
  { at: 'objects.put', when: 'after' },
  { at: 'seal/commit.ts#commit', when: 'before' },
  { at: 'sql with written as', when: 'after' },
  { at: 'seal/commit.ts#commit', when: 'after' },
]

test.each(named([...pointsOf(written), ...sealing]))(
  'a message that is written in the portal, which is killed %s, is sent once',
  async (_, point) => {
    const browser = openBrowser(scene.portalUrl)
    await browser.post('/login', { login: 'anna', password: 'anna-ord' })
    const at = (await browser.get('/new')).headers.get('location')!
    const subject = `written ${describePoint(point)}`
    const form = { to: 'bo@example.net', subject, text: 'Hello!', 'login-kind': 'none', do: 'send-anyway' }
    await portal.arm(point)
    await expect(browser.post(at, form)).rejects.toThrow()
    expect(await portal.ended).toBe('SIGKILL')
    portal = await scene.start(['portal'])
    const isSent = point.at.endsWith('#commit') && point.when === 'after'
    // Whoever presses the button again: the draft is there, or it has become a message.
    expect((await browser.post(at, form)).status).toBe(isSent ? 404 : 303)
    const copies = () =>
      scene.sink.mails.filter(mail => mail.recipients.includes('bo@example.net') && mail.bytes.includes(subject))
    await expect.poll(() => copies().length).toBe(1)
    expect((await browser.get(await linkOf(copies()[0]!.bytes))).status).toBe(200)
    const { rows } = await scene.db.query('select 1 from messages where subject = $1', [subject])
    expect(rows).toHaveLength(1)
  },
)

test.each(named([...pointsOf(changed), { at: 'sql insert into links', when: 'after' }]))(
  'a recipient who is added to a message in the portal, which is killed %s, gets one copy',
  async (_, point) => {
    const browser = openBrowser(scene.portalUrl)
    await browser.post('/login', { login: 'anna', password: 'anna-ord' })
    const at = (await browser.get('/new')).headers.get('location')!
    const subject = `changed ${describePoint(point)}`
    const form = { to: 'bo@example.net', subject, text: 'Hello!', 'login-kind': 'none', do: 'send-anyway' }
    expect((await browser.post(at, form)).status).toBe(303)
    const addAt = `${at.replace('/new/', '/sent/')}/recipients`
    await portal.arm(point)
    await expect(browser.post(addAt, { to: 'ada@example.net' })).rejects.toThrow()
    expect(await portal.ended).toBe('SIGKILL')
    portal = await scene.start(['portal'])
    // Pressed again, whether or not it had been done.
    await browser.post(addAt, { to: 'ada@example.net' })
    const copies = () =>
      scene.sink.mails.filter(mail => mail.recipients.includes('ada@example.net') && mail.bytes.includes(subject))
    await expect.poll(() => copies().length).toBe(1)
    expect((await browser.get(await linkOf(copies()[0]!.bytes))).status).toBe(200)
    const { rows } = await scene.db.query(
      'select 1 from links join messages on messages.id = message_id where subject = $1 and recipient = $2',
      [subject, 'ada@example.net'],
    )
    expect(rows).toHaveLength(1)
  },
)

test.each(named([...pointsOf(settled), { at: 'sql insert into contacts', when: 'after' }]))(
  'a contact that is written down in the portal, which is killed %s, is there once',
  async (_, point) => {
    const browser = openBrowser(scene.portalUrl)
    await browser.post('/login', { login: 'anna', password: 'anna-ord' })
    const form = { name: describePoint(point), addresses: 'bo@example.net', do: 'add' }
    await portal.arm(point)
    await expect(browser.post('/account/contacts', form)).rejects.toThrow()
    expect(await portal.ended).toBe('SIGKILL')
    portal = await scene.start(['portal'])
    await browser.post('/account/contacts', form)
    const { rows } = await scene.db.query('select 1 from contacts where name = $1', [form.name])
    expect(rows).toHaveLength(1)
  },
)

test('what all these left in the storage is removed by upkeep, and what is needed is not', async () => {
  await ageObjects(scene)
  await expect(expectNothingDangles(scene)).rejects.toThrow()
  await scene.db.query('delete from chores')
  await scene.start(['upkeep'])
  await expect.poll(() => expectNothingDangles(scene).then(() => true)).toBe(true)
})
