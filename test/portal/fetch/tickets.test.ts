import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { giveBackUnusedTickets } from '#database/downloads.ts'
import { startPortal } from '#portal/portal.ts'
import { findProgram } from '../../support/servers.ts'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { watch, type Opened } from './watched-bytes.ts'

const run = promisify(execFile)
let portal: TestPortal
let folder: string
/** Every ciphertext that the portal opened, and what it waits for before it opens one. */
const opened: Opened[] = []
let beforeOpening: () => Promise<void>
beforeAll(async () => {
  portal = await startTestPortal()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-tickets-'))
  const { objects } = portal.deps
  const { open } = objects
  objects.open = async (key, range) => {
    await beforeOpening()
    return watch(opened, await open(key, range))
  }
})
beforeEach(() => {
  opened.length = 0
  beforeOpening = async () => undefined
})
afterAll(async () => {
  await portal.close()
  await rm(folder, { recursive: true })
})

const content = randomBytes(12_000_000)
const large = randomBytes(40_000_000)

describe('one ticket, one download', () => {
  test('eight ranges at the same time, out of order and overlapping, cost one', async () => {
    const { message, browser, ticket } = await askForTicket()
    expect((await browser.head(ticket)).headers.get('accept-ranges')).toBe('bytes')
    const starts = [10.5, 0, 9, 1.5, 7.5, 3, 6, 4.5].map(megabytes => megabytes * 1_000_000)
    const parts = await Promise.all(
      starts.map(async start => {
        const response = await browser.get(ticket, { range: `bytes=${start}-${start + 1_500_099}` })
        expect(response.status).toBe(206)
        return { start, bytes: Buffer.from(await response.arrayBuffer()) }
      }),
    )
    const whole = Buffer.alloc(content.length)
    for (const { start, bytes } of parts) bytes.copy(whole, start)
    expect(sha256(whole)).toBe(sha256(content))
    expect(await used(message)).toBe(1)
  })

  test('several ranges in one request get the whole, which is allowed', async () => {
    const { browser, ticket } = await askForTicket(Buffer.from('0123456789'))
    const response = await browser.get(ticket, { range: 'bytes=0-1,4-5' })
    expect([response.status, await response.text()]).toEqual([200, '0123456789'])
    expect(response.headers.has('content-range')).toBe(false)
  })

  test('the entity tag is strong, the same by another ticket, and tells nothing of the bytes', async () => {
    const message = await portal.message({ login: 'none', files: [{ name: 'a.bin', content }] })
    const tagOf = async () => {
      const browser = portal.browser()
      const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
      return (await browser.head(ticket)).headers.get('etag')
    }
    expect([await tagOf(), await tagOf()]).toEqual(Array.from({ length: 2 }, () => `"${message.files[0]!.id}"`))
  })

  test.skipIf(!findProgram('curl'))(
    'curl takes up a download that its connection lost, at no further cost',
    async () => {
      const { message, browser, ticket } = await askForTicket()
      const file = join(folder, 'curl')
      const broken = await slowly(browser, ticket)
      const [first] = (await once(broken, 'data')) as [Buffer]
      broken.destroy()
      await writeFile(file, first)
      await run('curl', ['-sS', '-f', '-C', '-', '-b', cookies(browser), '-o', file, portal.origin + ticket])
      expect(sha256(await readFile(file))).toBe(sha256(content))
      expect(await used(message)).toBe(1)
    },
  )

  test.skipIf(!findProgram('aria2c'))('aria2 with eight connections costs one', async () => {
    const { message, browser, ticket } = await askForTicket()
    const options = [
      '-q',
      '-x8',
      '-s8',
      '-k1M',
      '--file-allocation=none',
      '--allow-overwrite',
      '-d',
      folder,
      '-o',
      'aria2',
    ]
    await run('aria2c', [...options, '--header', `Cookie: ${cookies(browser)}`, portal.origin + ticket])
    expect(sha256(await readFile(join(folder, 'aria2')))).toBe(sha256(content))
    expect(opened.length).toBeGreaterThan(3)
    expect(await used(message)).toBe(1)
  })
})

describe('a ticket of which no byte was sent is given back', () => {
  test('when its client only asked for the size, or for bytes that there are not', async () => {
    const { message, browser, ticket } = await askForTicket()
    expect((await browser.head(ticket)).status).toBe(200)
    expect((await browser.get(ticket, { range: 'bytes=99999999-' })).status).toBe(416)
    await endTickets(message)
    expect(await used(message)).toBe(0)
  })

  test('when its client has gone away before the first byte', async () => {
    const { message, browser, ticket } = await askForTicket()
    const reached = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    beforeOpening = async () => {
      reached.resolve()
      await released.promise
    }
    const request = get(new URL(ticket, portal.origin), { headers: { cookie: cookies(browser) } })
    request.on('error', () => undefined)
    await reached.promise
    request.destroy()
    await until(() => portal.log().includes('The client went away'))
    released.resolve()
    await until(() => opened.length === 1 && opened[0]!.destroyed)
    await endTickets(message)
    expect(await used(message)).toBe(0)
  })

  test('but not when the browser was closed in the middle: the file may have been seen', async () => {
    const { message, browser, ticket } = await askForTicket()
    const response = await slowly(browser, ticket)
    await once(response, 'data')
    response.destroy()
    await until(() => opened[0]!.destroyed)
    await endTickets(message)
    expect(await used(message)).toBe(1)
  })
})

describe('a client that is slow', () => {
  test('is dropped when it takes no byte for so long, and frees the storage', async () => {
    const { browser, ticket } = await askForTicket(large)
    const impatient = await startPortal(anyPort(), { idleSeconds: 1 })
    const stuck = await slowly(browser, `http://localhost:${impatient.port}${ticket}`)
    await until(() => opened.length === 1 && opened[0]!.destroyed)
    await expect(stuck.toArray()).rejects.toThrow('aborted')
    expect((await browser.get(ticket, { range: 'bytes=5-9' })).status).toBe(206)
    await impatient.close(0)
  })

  test('is served for as long as it takes something now and then', async () => {
    const { browser, ticket } = await askForTicket(large)
    const impatient = await startPortal(anyPort(), { idleSeconds: 3 })
    const response = await slowly(browser, `http://localhost:${impatient.port}${ticket}`)
    const hash = createHash('sha256')
    const began = Date.now()
    for await (const chunk of response as AsyncIterable<Buffer>) {
      hash.update(chunk)
      // More than the network buffers, so that the portal notices each time.
      if (Date.now() - began < 5000) await pause(20)
    }
    expect(hash.digest('hex')).toBe(sha256(large))
    await impatient.close(0)
  })
})

/** What a portal needs, for another one on any free port. */
function anyPort(): TestPortal['deps'] {
  const { deps } = portal
  return { ...deps, settings: { ...deps.settings, portal: { ...deps.settings.portal, port: 0 } } }
}

async function askForTicket(bytes = content): Promise<{ message: TestMessage; browser: Browser; ticket: string }> {
  const message = await portal.message({ login: 'none', max: 1, files: [{ name: 'a.bin', content: bytes }] })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  return { message, browser, ticket }
}

/** Lets the tickets' time pass, and what upkeep does then. */
async function endTickets(message: TestMessage): Promise<void> {
  await portal.db.query("update downloads set ends_at = now() - interval '1 second' where file_id = $1", [
    message.files[0]!.id,
  ])
  await giveBackUnusedTickets(portal.db)
}

async function used(message: TestMessage): Promise<number> {
  const { rows } = await portal.db.query<{ used: number }>('select used from counts where file_id = $1', [
    message.files[0]!.id,
  ])
  return rows[0]!.used
}

/** An answer of which nothing is read yet. */
async function slowly(browser: Browser, ticket: string): Promise<IncomingMessage> {
  const options = { headers: { cookie: cookies(browser) }, agent: false }
  const [response] = (await once(get(new URL(ticket, portal.origin), options), 'response')) as [IncomingMessage]
  return response
}

function cookies(browser: Browser): string {
  return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(10)
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
