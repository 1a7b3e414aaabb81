import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findUploads, uploadName } from '#database/uploads.ts'
import { readDraft } from '#portal/write/open-draft.ts'
import { openChromium } from '../../support/chromium.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { findServer } from '../../support/servers.ts'

describe.skipIf(!findServer('chromium'))('writing a message in Chromium', () => {
  let kuvert: TestKuvert
  let chromium: Browser
  let folder: string
  beforeAll(async () => {
    kuvert = await startTestKuvert({}, ['portal'])
    chromium = await openChromium()
    folder = await mkdtemp(join(tmpdir(), 'kuvert-compose-'))
  })
  afterAll(async () => {
    await chromium.close()
    await kuvert.close()
    await rm(folder, { recursive: true })
  })

  async function opened(login = 'anna', hasOwnClock = false): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await chromium.newContext({ locale: 'sv-SE' })).newPage()
    if (hasOwnClock) await page.clock.install()
    const complaints: string[] = []
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    await page.goto(kuvert.portalUrl)
    await page.fill('#login', login)
    await page.fill('#password', `${login}-ord`)
    await page.click('form.login button')
    await page.waitForURL(/\/new\/[\da-f-]{36}$/)
    return { page, complaints }
  }

  async function filesOf(page: Page): Promise<{ name: string; size: number; whole: boolean }[]> {
    const draft = /\/new\/([\da-f-]{36})/.exec(page.url())![1]!
    const owner = await kuvert.deps.db.query<{ id: string }>('select account_id as id from drafts where id = $1', [
      draft,
    ])
    const draftOf = owner.rows[0] && (await readDraft(kuvert.deps, draft, owner.rows[0].id))
    const uploads = draftOf ? await findUploads(kuvert.deps.db, draft) : []
    return uploads
      .map(({ receivedBytes: size, sizeBytes, ...upload }) => {
        return { name: uploadName(draftOf!.messageKey, upload), size, whole: size === sizeBytes }
      })
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  }

  test('files are added, shown with their progress, and sent with the message', async () => {
    const { page, complaints } = await opened()
    const large = join(folder, 'stor.bin')
    await writeFile(large, randomBytes(20_000_000))
    await page.setInputFiles('#choose', [large])
    await expect.poll(() => filesOf(page)).toEqual([{ name: 'stor.bin', size: 20_000_000, whole: true }])
    await page.waitForSelector('.uploads li:has-text("19,1 MB") >> button:has-text("Ta bort")')
    await page.fill('#to', 'bertil@kommun.example')
    await page.fill('#subject', 'Med fil')
    await page.click('button[value=send]')
    await page.waitForURL(/\/sent\//)
    const { rows } = await kuvert.deps.db.query(
      `select name, size_bytes::int as size from files where kind = 'attachment'`,
    )
    expect(rows).toEqual([{ name: 'stor.bin', size: 20_000_000 }])
    expect(complaints.filter(text => !text.includes('404'))).toEqual([])
  })

  test('files and folders are dropped onto the page', async () => {
    const { page } = await opened()
    await page.waitForSelector('.drop')
    await page.evaluate(`
      const transfer = new DataTransfer()
      transfer.items.add(new File(['ett'], 'ett.txt', { type: 'text/plain' }))
      transfer.items.add(new File(['två'], 'två.txt', { type: 'text/plain' }))
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.querySelector('.drop').dispatchEvent(
          new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))`)
    await expect
      .poll(() => filesOf(page))
      .toEqual([
        { name: 'ett.txt', size: 3, whole: true },
        { name: 'två.txt', size: 4, whole: true },
      ])
  })

  /** Drops a folder as the browser shows one to the page; it is `readable`, or may not be looked into. */
  async function dropFolder(page: Page, readable: boolean): Promise<void> {
    await page.waitForSelector('.drop')
    await page.evaluate(`
      const fileEntry = name => ({ isFile: true, file: done => done(new File([name], name)) })
      const folderEntry = entries => ({
        isDirectory: true,
        createReader: () => ({
          readEntries: (done, fail) => (${readable} ? done(entries.splice(0, 1)) : fail(new DOMException('No.', 'NotFoundError'))),
        }),
      })
      const folder = folderEntry([fileEntry('d.txt'), folderEntry([fileEntry('e.txt')])])
      const event = new DragEvent('drop', { bubbles: true, cancelable: true })
      const items = [{ webkitGetAsEntry: () => fileEntry('f.txt') }, { webkitGetAsEntry: () => folder }]
      Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items, files: [] } })
      document.querySelector('.drop').dispatchEvent(event)`)
  }

  test('a folder that is dropped onto the page is added with what is in it', async () => {
    const { page } = await opened()
    await dropFolder(page, true)
    await expect
      .poll(async () => (await filesOf(page)).map(file => file.name).toSorted())
      .toEqual(['d.txt', 'e.txt', 'f.txt'])
  })

  test('of what is dropped and cannot all be read, nothing is added, and the page says so', async () => {
    const { page, complaints } = await opened()
    await dropFolder(page, false)
    await page.locator('.drop').getByText('Det gick inte att läsa allt som släpptes.').waitFor()
    expect(await filesOf(page)).toEqual([])
    expect(complaints.filter(text => !text.includes('404'))).toEqual([])
  })

  test('a whole folder is added with what is in it', async () => {
    const { page } = await opened()
    await mkdir(join(folder, 'mapp', 'inre'), { recursive: true })
    await writeFile(join(folder, 'mapp', 'a.txt'), 'a')
    await writeFile(join(folder, 'mapp', 'inre', 'b.txt'), 'bb')
    await page.setInputFiles('input[webkitdirectory]', join(folder, 'mapp'))
    await expect.poll(async () => (await filesOf(page)).map(file => file.name)).toEqual(['a.txt', 'b.txt'])
  })

  test('an upload is paused, goes on, and is removed', async () => {
    const { page } = await opened()
    const path = join(folder, 'lång.bin')
    await writeFile(path, randomBytes(40_000_000))
    await page.setInputFiles('#choose', [path])
    await page.click('.uploads button:has-text("Pausa")')
    await page.waitForSelector('.uploads:has-text("Pausad")')
    await page.click('.uploads button:has-text("Fortsätt")')
    await expect.poll(() => filesOf(page)).toEqual([{ name: 'lång.bin', size: 40_000_000, whole: true }])
    await page.click('.uploads button:has-text("Ta bort")')
    await expect.poll(() => filesOf(page)).toEqual([])
  })

  test('an upload goes on by itself after the line was lost', async () => {
    const { page } = await opened()
    const path = join(folder, 'avbruten.bin')
    await writeFile(path, randomBytes(60_000_000))
    let patches = 0
    await page.route('**/files/*', async route => {
      // The second and the third request of the upload find no server.
      if (route.request().method() === 'PATCH' && [2, 3].includes((patches += 1))) return route.abort('connectionreset')
      return route.continue()
    })
    await page.setInputFiles('#choose', [path])
    await expect.poll(() => filesOf(page)).toEqual([{ name: 'avbruten.bin', size: 60_000_000, whole: true }])
    expect(patches).toBeGreaterThan(3)
  })

  test('an upload whose line hangs, though nobody says so, goes on; and one that waits, as soon as there is a network again', async () => {
    const { page } = await opened('anna', true)
    const path = join(folder, 'hänger.bin')
    await writeFile(path, randomBytes(40_000_000))
    let hung = 0
    let isAway = false
    await page.route('**/files/*', async route => {
      // The second request of the upload is never answered; later there is no network at all.
      if (isAway) return route.abort('internetdisconnected')
      if (route.request().method() === 'PATCH' && (hung += 1) === 2) return
      return route.continue()
    })
    await page.setInputFiles('#choose', [path])
    await expect.poll(() => hung).toBe(2)
    await page.clock.fastForward(70_000)
    await expect.poll(() => filesOf(page)).toMatchObject([{ whole: true }])

    isAway = true
    const other = join(folder, 'väntar på nät.bin')
    await writeFile(other, randomBytes(1_000_000))
    await page.setInputFiles('#choose', [other])
    await page.waitForEvent('requestfailed')
    isAway = false
    await page.evaluate(`dispatchEvent(new Event('online'))`)
    await expect.poll(() => filesOf(page)).toMatchObject([{ whole: true }, { whole: true }])
  })

  test('Send waits for files that are on their way', async () => {
    const { page } = await opened()
    const path = join(folder, 'väntar.bin')
    await writeFile(path, randomBytes(40_000_000))
    await page.fill('#to', 'bertil@kommun.example')
    await page.fill('#text', 'Se filen')
    await page.setInputFiles('#choose', [path])
    await page.click('button[value=send]')
    await page.waitForURL(/\/sent\//, { timeout: 20_000 })
  })

  test('what was written is there when the tab was closed and the page is opened again', async () => {
    const { page } = await opened()
    await page.fill('#subject', 'Påbörjat ämne')
    await page.fill('#text', 'Det här försvinner inte')
    const { url, context } = { url: page.url(), context: page.context() }
    await page.close({ runBeforeUnload: true })
    const again = await context.newPage()
    await expect
      .poll(async () => {
        await again.goto(url)
        return again.inputValue('#text')
      })
      .toBe('Det här försvinner inte')
    await again.goto(`${kuvert.portalUrl}/new`)
    await again.waitForSelector('a:has-text("Påbörjat ämne")')
  })
})
