import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#database/database.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { startKuvertProcess, type KuvertProcess } from '../support/kuvert-process.ts'
import { testKeys } from '../support/kuvert-settings.ts'
import { openBrowser, type Browser } from '../support/browser.ts'
import { insertTestMessage, type TestMessage, type Wanted } from '../support/test-message.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { testKeyring } from '../support/keyring.ts'

const masterKey = { id: 'test', key: randomBytes(32) }
const linkKey = { id: 'test', key: randomBytes(32) }
let database: Awaited<ReturnType<typeof freshDatabase>>
let db: Database
let folder: string
/** Two portals over one database and one folder of objects. */
let portals: KuvertProcess[] = []
beforeAll(async () => {
  database = await freshDatabase()
  db = database.db
  folder = await mkdtemp(join(tmpdir(), 'kuvert-objects-'))
  const overrides = {
    database: { kind: 'postgres', url: database.url },
    objects: { kind: 'folder', path: folder },
    keys: testKeys({ master: masterKey.key, link: linkKey.key }),
  }
  portals = await Promise.all([1, 2].map(() => startKuvertProcess(overrides, { args: ['--roles', 'portal'] })))
})
afterAll(async () => {
  await Promise.all(portals.map(portal => portal.stop()))
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

test.each([1, 3])(
  'of fifty requests to two processes for the last of %i downloads, no more get a ticket',
  async max => {
    const message = await insert({ login: 'none', max })
    const answers = await askAll(message, 50, 'files/0')
    expect(statuses(answers)).toEqual({ 303: max, 403: 50 - max })
    expect(await counted(message)).toEqual({ used: max, tickets: max })
  },
)

test('the same holds for zips, and a file that is asked for meanwhile', async () => {
  const files = ['a', 'b', 'c'].map(name => ({ name, content: Buffer.from(name) }))
  const message = await insert({ login: 'none', max: 2, files })
  const [zips, single] = await Promise.all([askAll(message, 30, 'zip'), askAll(message, 20, 'files/1')])
  for (const answers of [zips, single]) expect(Object.keys(statuses(answers))).not.toContain('500')
  // A zip has what is left, so that each file is taken twice, whoever comes first.
  for (const position of [0, 1, 2]) expect(await counted(message, position)).toEqual({ used: 2, tickets: 2 })
})

test('a ticket of one process is good at the other: a broken download resumes there at no cost', async () => {
  const content = randomBytes(3_000_000)
  const message = await insert({ login: 'none', max: 1, files: [{ name: 'a', content }] })
  const [here, there] = portals.map(portal => openBrowser(portal.portalUrl))
  const ticket = (await here!.post(`${message.path}/files/0`)).headers.get('location')!
  for (const [name, value] of here!.cookies) there!.cookies.set(name, value)
  const parts = [
    await here!.get(ticket, { range: 'bytes=0-1999999' }),
    await there!.get(ticket, { range: 'bytes=2000000-', 'if-range': `"${message.files[0]!.id}"` }),
  ]
  const bytes = await Promise.all(parts.map(async part => Buffer.from(await part.arrayBuffer())))
  expect(sha256(Buffer.concat(bytes))).toBe(sha256(content))
  expect((await counted(message)).used).toBe(1)
})

const megabyte = 1_000_000
/** What twenty downloads have in flight; it does not depend on the size of the files. */
const mayGrowMebibytes = 100
/** A client that reads nothing. */
const mayHoldMebibytes = 6

test('twenty downloads of 60 MB at once take hardly more memory than twenty of 20 MB', async () => {
  const small = await insert({ login: 'none', files: [{ name: 'a', content: randomBytes(20 * megabyte) }] })
  const large = await insert({ login: 'none', files: [{ name: 'a', content: randomBytes(60 * megabyte) }] })
  const portal = portals[0]!
  // So large that all twenty are under way at once.
  await downloadTwenty(portal, small)
  const before = await portal.peakMebibytes()
  await downloadTwenty(portal, large)
  expect((await portal.peakMebibytes()) - before).toBeLessThan(mayGrowMebibytes)
}, 240_000)

test('fifty clients that read nothing hold nobody up', async () => {
  const content = randomBytes(20 * megabyte)
  const message = await insert({ login: 'none', files: [{ name: 'a', content }] })
  const portal = portals[1]!
  const before = await portal.peakMebibytes()
  const stuck = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const browser = openBrowser(portal.portalUrl)
      const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
      return openSlowly(browser, portal.portalUrl + ticket)
    }),
  )
  // Each holds a segment or two, whatever the size of its file.
  expect((await portal.peakMebibytes()) - before).toBeLessThan(50 * mayHoldMebibytes)
  const bytes = Buffer.from(await (await openBrowser(portal.portalUrl).download(message.path)).arrayBuffer())
  expect(sha256(bytes)).toBe(sha256(content))
  for (const response of stuck) response.destroy()
})

async function insert(wanted: Wanted): Promise<TestMessage> {
  const keys = { masterKeys: [masterKey], keyring: testKeyring([linkKey]) }
  return insertTestMessage({ db, objects: await openFolderObjects(folder), ...keys }, wanted)
}

/** Asks for a ticket from so many browsers at the same time, at both processes in turn. */
function askAll(message: TestMessage, count: number, what: string): Promise<Response[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      openBrowser(portals[index % 2]!.portalUrl).post(`${message.path}/${what}`),
    ),
  )
}

function statuses(answers: Response[]): Record<number, number> {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

async function counted(message: TestMessage, position = 0): Promise<{ used: number; tickets: number }> {
  const { rows } = await db.query<{ used: number; tickets: number }>(
    `select (select coalesce(sum(used), 0)::integer from counts where file_id = $1) as used,
       (select count(*)::integer from downloads where file_id = $1) as tickets`,
    [message.files[position]!.id],
  )
  return rows[0]!
}

async function downloadTwenty({ portalUrl }: KuvertProcess, message: TestMessage): Promise<void> {
  const sizes = Array.from({ length: 20 }, async () => {
    const response = await openBrowser(portalUrl).download(message.path)
    let bytes = 0
    for await (const chunk of response.body!) bytes += (chunk as Uint8Array).length
    return bytes
  })
  expect(new Set(await Promise.all(sizes))).toEqual(new Set([message.files[0]!.sizeBytes]))
}

/** An answer of which nothing is read. */
async function openSlowly(browser: Browser, url: string): Promise<IncomingMessage> {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const [response] = (await once(get(url, { headers: { cookie }, agent: false }), 'response')) as [IncomingMessage]
  return response
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
