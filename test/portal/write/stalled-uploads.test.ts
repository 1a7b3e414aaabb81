import { randomBytes } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPortal, type RunningPortal } from '#portal/portal.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

let portal: TestPortal
let impatient: RunningPortal
let origin: string
beforeAll(async () => {
  portal = await startTestPortal()
  const { deps } = portal
  const settings = { ...deps.settings, portal: { ...deps.settings.portal, port: 0 } }
  impatient = await startPortal({ ...deps, settings }, { formSeconds: 1, uploadSeconds: 1 })
  origin = `http://localhost:${impatient.port}`
})
afterAll(async () => {
  await impatient.close(0)
  await portal.close()
})

async function anna(): Promise<{ browser: Browser; at: string; headers: Record<string, string> }> {
  const browser = openBrowser(portal.origin)
  await browser.post('/login', { login: 'anna', password: 'anna-ord' })
  const at = (await browser.get('/new')).headers.get('location')!
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return { browser, at, headers: { cookie, origin: portal.origin } }
}

/** Sends these pieces one after another, with a pause behind each; the answer's status. */
async function slowly(path: string, headers: Record<string, string>, pieces: Buffer[], pauseMs: number) {
  const request = httpRequest(new URL(path, origin), { method: 'POST', headers })
  const answered = once(request, 'response') as Promise<[IncomingMessage]>
  answered.catch(() => undefined)
  for (const piece of pieces) {
    if (request.destroyed) break
    request.write(piece)
    await pause(pauseMs)
  }
  request.end()
  const [answer] = await answered
  answer.resume()
  return answer.statusCode
}

const boundary = 'a-line-between'
const type = { 'content-type': `multipart/form-data; boundary=${boundary}` }
const before = Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="lång.bin"\r\n\r\n`)
const after = Buffer.from(
  `\r\n--${boundary}\r\nContent-Disposition: form-data; name="do"\r\n\r\nadd\r\n--${boundary}--\r\n`,
)

test('a file that takes much longer than a form may is stored, as long as it moves', async () => {
  const { at, headers } = await anna()
  const pieces = Array.from({ length: 25 }, () => randomBytes(64 * 1024))
  expect(await slowly(at, { ...headers, ...type }, [before, ...pieces, after], 200)).toBe(303)
  const { rows } = await portal.db.query('select received_bytes::int as bytes from uploads where draft_id = $1', [
    at.slice(5),
  ])
  expect(rows).toEqual([{ bytes: 25 * 64 * 1024 }])
})

test('a file that comes a byte at a time is dropped, and nothing is left of it', async () => {
  const { at, headers } = await anna()
  const pieces = Array.from({ length: 1000 }, () => Buffer.from('x'))
  await expect(slowly(at, { ...headers, ...type }, [before, ...pieces], 100)).rejects.toThrow(
    /hang up|ECONNRESET|EPIPE/,
  )
  const left = async () => {
    const { rows } = await portal.db.query('select from uploads where draft_id = $1', [at.slice(5)])
    return rows.length
  }
  await expect.poll(left).toBe(0)
})
