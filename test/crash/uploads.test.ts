import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, type Browser } from '../support/browser.ts'
import type { CrashPoint } from './crash-point.ts'
import type { KuvertNode } from './kuvert-node.ts'
import { ageObjects, expectNothingDangles, linkOf, makeScene, type Scene } from './scene.ts'
import { describePoint, named, pointsOf, uploaded } from './steps.ts'

let scene: Scene
let portal: KuvertNode
beforeAll(async () => {
  scene = await makeScene()
  await scene.start(['courier'])
  portal = await scene.start(['portal'])
})
afterAll(() => scene.close())

/** Of three pieces. */
const content = randomBytes(9_000_001)

/** A request in tus's way; undefined where nobody answers. */
async function tus(
  browser: Browser,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer,
) {
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  return fetch(new URL(path, scene.portalUrl), {
    method,
    headers: { 'Tus-Resumable': '1.0.0', Origin: scene.portalUrl, cookie, ...headers },
    ...(body && { body: new Uint8Array(body) }),
  }).catch(() => undefined)
}

/** As a browser does: begins, asks where to go on, goes on, until all of it is there or nobody answers. */
async function upload(browser: Browser, at: string, begun?: string): Promise<string | undefined> {
  const length = { 'Upload-Length': String(content.length), 'Upload-Metadata': 'filename YQ==' }
  const path = begun ?? (await tus(browser, 'POST', `${at}/files`, length))?.headers.get('location')
  if (!path) return undefined
  const offset = Number((await tus(browser, 'HEAD', path))?.headers.get('upload-offset') ?? content.length)
  const headers = { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }
  if (offset < content.length) await tus(browser, 'PATCH', path, headers, content.subarray(offset))
  return path
}

const pieces: CrashPoint[] = [1, 3].flatMap(nth => [
  { at: 'objects.put', when: 'during', nth: 3 * nth },
  { at: 'objects.put', when: 'after', nth },
  { at: 'sql with received as', when: 'before', nth },
  { at: 'sql with received as', when: 'after', nth },
])

test.each(named([...pointsOf(uploaded), { at: 'sql insert into uploads', when: 'after' }, ...pieces]))(
  'a file that is uploaded to a portal that is killed %s goes on at the next one, and arrives as it was',
  async (_, point) => {
    const browser = openBrowser(scene.portalUrl)
    await browser.post('/login', { login: 'anna', password: 'anna-ord' })
    const at = (await browser.get('/new')).headers.get('location')!
    await portal.arm(point)
    const begun = await upload(browser, at)
    expect(await portal.ended).toBe('SIGKILL')
    portal = await scene.start(['portal'])
    const path = await upload(browser, at, begun)
    expect((await tus(browser, 'HEAD', path!))?.headers.get('upload-offset')).toBe(String(content.length))
    // What was begun and never answered is there as well, and taken away by whoever sees it.
    const { rows } = await scene.db.query<{ id: string }>('select id from uploads where received_bytes < size_bytes')
    for (const { id } of rows) await browser.post(at, { do: `remove:${id}` })

    const subject = `uploaded ${describePoint(point)}`
    const form = { to: 'bo@example.net', subject, text: 'Hello!', 'login-kind': 'none', do: 'send-anyway' }
    expect((await browser.post(at, form)).status).toBe(303)
    const copies = () => scene.sink.mails.filter(mail => mail.bytes.includes(subject))
    await expect.poll(() => copies().length).toBe(1)
    const answer = await browser.download(await linkOf(copies()[0]!.bytes))
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
  },
)

test('what all these left in the storage is removed by upkeep, and what is needed is not', async () => {
  await ageObjects(scene)
  await expect(expectNothingDangles(scene)).rejects.toThrow()
  await scene.start(['upkeep'])
  await expect.poll(() => expectNothingDangles(scene).then(() => true)).toBe(true)
})
