import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser as openVisitor } from '#demo/browser.ts'
import { waitForMails } from '#demo/outbox.ts'
import { freePort } from '#platform/free-port.ts'
import { startKuvertProcess, type KuvertProcess } from '../../support/kuvert-process.ts'
import { openChromium } from '../../support/chromium.ts'
import { startFaultyProxy, type FaultyProxy } from '../../support/faulty-proxy.ts'
import { staff, writePeople } from '../../support/people.ts'
import { findServer } from '../../support/servers.ts'

const mebibyte = 1024 ** 2
const largeBytes = 2048 * mebibyte
/** Far less than the file: what is in flight does not depend on its size. */
const mayGrowMebibytes = 100

describe.skipIf(!findServer('chromium'))('a file of 2 GiB', () => {
  let kuvert: KuvertProcess
  let line: FaultyProxy
  let chromium: Browser
  let folder: string
  beforeAll(async () => {
    const port = await freePort()
    line = await startFaultyProxy(port)
    kuvert = await startKuvertProcess({ portal: { url: `http://localhost:${line.port}`, port } })
    chromium = await openChromium()
    folder = await mkdtemp(join(tmpdir(), 'kuvert-large-'))
    await writePeople(join(kuvert.folder, 'people.yaml'), [staff('anna')])
  })
  afterAll(async () => {
    await chromium.close()
    await line.stop()
    await kuvert.stop()
    await rm(folder, { recursive: true })
  })

  /** A file without weight on the disk, but for a mark in every 16 MiB, so that nothing of it can be anywhere else. */
  async function makeFile(name: string, sizeBytes: number): Promise<string> {
    const path = join(folder, name)
    const handle = await open(path, 'w')
    await handle.truncate(sizeBytes)
    for (let at = 0; at < sizeBytes; at += 16 * mebibyte) await handle.write(randomBytes(1000), 0, 1000, at)
    await handle.close()
    return path
  }

  async function openForm(): Promise<Page> {
    const page = await (await chromium.newContext({ locale: 'sv-SE' })).newPage()
    await page.goto(`http://localhost:${line.port}/`)
    await page.fill('#login', 'anna')
    await page.fill('#password', 'anna-ord')
    await page.click('form.login button')
    await page.waitForURL(/\/new\/[\da-f-]{36}$/)
    return page
  }

  /** Sends it to an outsider who needs no login; resolves with the link in their mail. */
  async function sendTo(page: Page, recipient: string): Promise<string> {
    await page.getByRole('combobox').fill(recipient)
    await page.fill('#text', 'Se filen.')
    await page.check('#login-none')
    await page.click('button[value=send]')
    await page.waitForURL(/\/sent\//)
    const [mail] = await waitForMails(kuvert.maildir, new Set(), 1)
    return mail!.link!
  }

  const done = (page: Page) =>
    page.waitForSelector('.uploads progress[hidden]', { state: 'attached', timeout: 400_000 })

  test(
    'is cut off twice on its way, goes on by itself, takes no memory, and arrives as it was',
    { timeout: 600_000 },
    async () => {
      const page = await openForm()
      await page.setInputFiles('#choose', await makeFile('liten.bin', 40 * mebibyte))
      await done(page)
      await page.click('.uploads li >> text=Ta bort')
      const before = await kuvert.peakMebibytes()

      const path = await makeFile('film.mp4', largeBytes)
      const offsets: number[] = []
      page.on('request', request => {
        const offset = request.headers()['upload-offset']
        if (request.method() === 'PATCH' && offset !== undefined) offsets.push(Number(offset))
      })
      for (const afterMebibytes of [300, 700]) {
        line.cut(afterMebibytes * mebibyte)
        if (offsets.length === 0) await page.setInputFiles('#choose', path)
        await page.waitForEvent('requestfailed', { timeout: 60_000 })
        line.heal()
        await page.waitForResponse(answer => answer.request().method() === 'PATCH' && answer.ok(), { timeout: 60_000 })
      }
      await done(page)
      expect(
        offsets.filter(offset => offset === 0),
        'it was begun once',
      ).toHaveLength(1)
      expect(
        offsets.some(offset => offset % (16 * mebibyte) !== 0),
        'it went on in the middle of a piece',
      ).toBe(true)
      expect((await kuvert.peakMebibytes()) - before).toBeLessThan(mayGrowMebibytes)

      const link = await sendTo(page, 'olle@utanfor.example')
      expect(await downloaded(link)).toBe(await sha256(path))
      expect((await kuvert.peakMebibytes()) - before).toBeLessThan(mayGrowMebibytes)
    },
  )

  async function downloaded(link: string): Promise<string> {
    const visitor = openVisitor()
    const ticket = await visitor.post(`${link}/files/0`)
    const response = await visitor.get(new URL(ticket.headers.get('location')!, link).href)
    const hash = createHash('sha256')
    for await (const chunk of response.body!) hash.update(chunk as Uint8Array)
    return hash.digest('hex')
  }

  async function sha256(path: string): Promise<string> {
    const hash = createHash('sha256')
    const handle = await open(path)
    for await (const chunk of handle.createReadStream({ highWaterMark: mebibyte })) hash.update(chunk as Buffer)
    return hash.digest('hex')
  }
})
