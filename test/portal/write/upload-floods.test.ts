import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startKuvertProcess, type KuvertProcess } from '../../support/kuvert-process.ts'
import { freshDatabase } from '../../support/fresh-database.ts'
import { staff, writePeople } from '../../support/people.ts'
import { openBrowser } from '../../support/browser.ts'
import { openRaw, statusOf } from '../raw-request.ts'

/** Less than what the uploads bring. */
const boundMebibytes = 300
const uploads = 100
const content = randomBytes(4 * 1024 ** 2)
let database: Awaited<ReturnType<typeof freshDatabase>>
let folder: string
/** A process of its own, so that the memory of those who flood it does not count. */
let kuvert: KuvertProcess
beforeAll(async () => {
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-upload-floods-'))
  await writePeople(join(folder, 'people.yaml'), [staff('anna')])
  kuvert = await startKuvertProcess(
    {
      database: { kind: 'postgres', url: database.url },
      directory: { kind: 'file', path: join(folder, 'people.yaml') },
    },
    { args: ['--roles', 'portal'] },
  )
})
afterAll(async () => {
  await kuvert.stop()
  await database.drop()
  await rm(folder, { recursive: true, force: true })
})

test('many large uploads at the same time, of which none comes to its end, share a bounded memory; then each is whole', async () => {
  const browser = openBrowser(kuvert.portalUrl)
  await browser.post('/login', { login: 'anna', password: 'anna-ord' })
  const at = (await browser.get('/new')).headers.get('location')!
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { 'Tus-Resumable': '1.0.0', Origin: kuvert.portalUrl, cookie }
  const begin = async (): Promise<Socket> => {
    const length = { 'Upload-Length': String(content.length), 'Upload-Metadata': 'filename YQ==' }
    const begun = await fetch(`${kuvert.portalUrl}${at}/files`, { method: 'POST', headers: { ...headers, ...length } })
    const socket = await openRaw(kuvert.portalUrl)
    const fields = {
      ...headers,
      Host: 'localhost',
      'Upload-Offset': '0',
      'Content-Type': 'application/offset+octet-stream',
      'Content-Length': String(content.length),
    }
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`PATCH ${begun.headers.get('location')} HTTP/1.1\r\n${lines.join('')}\r\n`)
    socket.write(content.subarray(0, -1))
    return socket
  }
  const sockets: Socket[] = []
  for (let index = 0; index < uploads; index += 1) sockets.push(await begin())
  await expect.poll(() => sockets.every(socket => socket.writableLength === 0), { timeout: 60_000 }).toBe(true)
  const answers = sockets.map(async socket => ((await once(socket, 'data')) as [Buffer])[0].toString('latin1'))
  for (const socket of sockets) socket.write(content.subarray(-1))
  expect(new Set((await Promise.all(answers)).map(statusOf))).toEqual(new Set([204]))
  for (const socket of sockets) socket.destroy()
  const { rows } = await database.db.query('select 1 from uploads where received_bytes = size_bytes')
  expect(rows).toHaveLength(uploads)
  expect(await kuvert.peakMebibytes()).toBeLessThan(boundMebibytes)
}, 180_000)
