import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase, type Database } from '#database/database.ts'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { openS3Objects } from '#objects/s3-objects.ts'
import { countOpen, expectNothingLeaks, waysToBreak } from '../../support/broken-lines.ts'
import { startFaultyProxy, type FaultyProxy } from '../../support/faulty-proxy.ts'
import { settingsFor, startMinio, type Minio } from '../../support/minio.ts'
import { staff } from '../../support/people.ts'
import { hasServer } from '../../support/servers.ts'
import { startSlapd, type Slapd } from '../../support/slapd.ts'
import type { Browser } from '../../support/browser.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

const content = randomBytes(6_000_000)
const files = [{ name: 'stor.bin', content }]
let portal: TestPortal
let proxy: FaultyProxy

const ways = waysToBreak(() => proxy)
/** What was open before anything of a part was broken. */
let before: number

async function away(answer: Response): Promise<string> {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30'])
  return answer.text()
}

async function ask(browser: Browser, message: TestMessage): Promise<string> {
  const asked = await browser.post(`${message.path}/files/0`)
  expect(asked.status).toBe(303)
  return asked.headers.get('location')!
}

async function whole(answer: Response): Promise<void> {
  expect(answer.status).toBe(200)
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
}

async function used({ files: [file] }: TestMessage): Promise<number> {
  const { rows } = await portal.db.query<{ used: number }>('select used from counts where file_id = $1', [file!.id])
  return rows[0]?.used ?? 0
}

/** What a portal has open that has answered something. */
async function openWhenUsed(): Promise<number> {
  await portal.message({ login: 'none', files: [{ name: 'a', content: Buffer.from('a') }] })
  await portal.browser().get('/')
  return countOpen(proxy)
}

const statusOfReady = async () => (await portal.browser().get('/readyz')).status

describe('when the database', () => {
  let db: Database
  beforeAll(async () => {
    portal = await startTestPortal({
      openDb: async databaseUrl => {
        const url = new URL(databaseUrl)
        proxy = await startFaultyProxy(Number(url.port))
        url.port = String(proxy.port)
        db = openDatabase({ url: url.href, maxConnections: 5, timeoutSeconds: 1 }, () => undefined)
        return db
      },
    })
    before = await openWhenUsed()
  })
  afterEach(() => proxy.heal())
  afterAll(async () => {
    await db.close()
    await portal.close()
    await proxy.stop()
  })

  test.each(ways)(
    '%s, every page says so, nobody is counted, and all is well afterwards',
    async (_, break_) => {
      const message = await portal.message({ login: 'none', max: 1, files })
      const other = await portal.message({ login: 'none', max: 1, files })
      const locked = await portal.message({ login: 'recipients' })
      const browser = portal.browser()
      const ticket = await ask(browser, message)
      break_()
      const answers = await Promise.all([
        browser.get(message.path),
        browser.post(`${other.path}/files/0`),
        browser.post(`${other.path}/zip`),
        browser.get(ticket),
        browser.logIn(locked.path, 'anna'),
        browser.askForCode(locked.path),
        browser.get('/l/unknown'),
      ])
      for (const answer of answers) expect(await away(answer)).toContain('Det fungerar inte just nu')
      // Its answer is kept for a second.
      await expect.poll(statusOfReady).toBe(503)
      expect((await portal.browser().get('/')).status).toBe(200)
      proxy.heal()
      expect(await used(other)).toBe(0)
      expect((await browser.get(message.path)).status).toBe(200)
      await whole(await browser.get(ticket))
      await whole(await browser.download(other.path))
      expect((await browser.logIn(locked.path, 'anna')).status).toBe(303)
      await expect.poll(statusOfReady).toBe(200)
    },
    60_000,
  )

  test('is slow, all goes on', async () => {
    const message = await portal.message({ login: 'none', max: 1, files })
    proxy.slow(30)
    const browser = portal.browser()
    expect((await browser.get(message.path)).status).toBe(200)
    await whole(await browser.download(message.path))
  }, 60_000)

  test('nothing stays open of all that', () => expectNothingLeaks(proxy, before), 60_000)
})

describe.skipIf(!hasServer('minio'))('when the object storage', () => {
  let minio: Minio
  beforeAll(async () => {
    minio = await startMinio()
    proxy = await startFaultyProxy(minio.port)
    const ofPortal = openS3Objects({ ...settingsFor(proxy.port), timeoutSeconds: 1 })
    portal = await startTestPortal({ objects: { own: openS3Objects(minio.settings), ofPortal } })
    before = await openWhenUsed()
  })
  afterEach(() => proxy.heal())
  afterAll(async () => {
    await portal.close()
    await proxy.stop()
    await minio.stop()
  })

  test.each(ways)(
    '%s, the page says so and that it did not count; pages are shown, and afterwards the file is there',
    async (_, break_) => {
      const message = await portal.message({ login: 'none', max: 1, files })
      const browser = portal.browser()
      await browser.get(message.path)
      for (const kind of ['files/0', 'zip']) {
        const asked = await browser.post(`${message.path}/${kind}`)
        break_()
        expect(await away(await browser.get(asked.headers.get('location')!))).toContain('har inte räknats')
        expect(await used(message)).toBe(0)
        expect((await browser.get(message.path)).status).toBe(200)
        proxy.heal()
      }
      proxy.heal()
      await whole(await browser.download(message.path))
    },
    60_000,
  )

  test.each<[string, () => void]>([
    ['is cut off', () => proxy.cut(3_000_000, 'toClient')],
    ['falls silent', () => proxy.hang(3_000_000, 'toClient')],
  ])(
    '%s in the middle of a file, the download breaks off, and goes on with the same ticket afterwards',
    async (_, break_) => {
      const message = await portal.message({ login: 'none', max: 1, files })
      const browser = portal.browser()
      const ticket = await ask(browser, message)
      break_()
      const broken = await browser.get(ticket)
      expect(broken.status).toBe(200)
      await expect(broken.arrayBuffer()).rejects.toThrow()
      proxy.heal()
      const rest = await browser.get(ticket, { range: 'bytes=2000000-' })
      expect(Buffer.from(await rest.arrayBuffer()).equals(content.subarray(2_000_000))).toBe(true)
      expect(await used(message)).toBe(1)
    },
    60_000,
  )

  test('is slow, the file comes all the same', async () => {
    const message = await portal.message({ login: 'none', files })
    proxy.slow(10)
    await whole(await portal.browser().download(message.path))
  }, 60_000)

  test('nothing stays open of all that', () => expectNothingLeaks(proxy, before), 60_000)
})

describe.skipIf(!hasServer('slapd'))('when the directory', () => {
  let slapd: Slapd
  beforeAll(async () => {
    slapd = await startSlapd({ people: [staff('anna')] })
    proxy = await startFaultyProxy(slapd.plainPort)
    const plain = { urls: [`ldap://localhost:${proxy.port}`], startTls: false, timeoutSeconds: 1 }
    portal = await startTestPortal({ directory: openLdapDirectory(slapd.settings(plain)) })
    before = await openWhenUsed()
  })
  afterEach(() => proxy.heal())
  afterAll(async () => {
    await portal.close()
    await proxy.stop()
    await slapd.stop()
  })

  test.each(ways)(
    '%s, nobody is told that their password is wrong or throttled for it, and who needs no login notices nothing',
    async (_, break_) => {
      const message = await portal.message({ login: 'recipients' })
      const open = await portal.message({ login: 'none', max: 1, files })
      const loggedIn = portal.browser()
      expect((await loggedIn.logIn(message.path, 'anna')).status).toBe(303)
      await portal.db.query("update sessions set account_read_at = now() - interval '2 minutes'")
      const browser = portal.browser()
      break_()
      for (let time = 0; time < 3; time += 1) await away(await browser.logIn(message.path, 'anna', 'fel'))
      await away(await loggedIn.get(message.path))
      expect((await browser.get(message.path)).status).toBe(200)
      await whole(await browser.download(open.path))
      proxy.heal()
      expect((await portal.db.query('select 1 from login_failures')).rows).toEqual([])
      expect((await loggedIn.get(message.path)).status).toBe(200)
      expect((await browser.logIn(message.path, 'anna')).status).toBe(303)
    },
    60_000,
  )

  test('is slow, one logs in all the same', async () => {
    const message = await portal.message({ login: 'recipients' })
    proxy.slow(50)
    expect((await portal.browser().logIn(message.path, 'anna')).status).toBe(303)
  })

  test('nothing stays open of all that', () => expectNothingLeaks(proxy, before), 60_000)
})
