import { createHash, randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unwrapKey } from '#crypto/message-key.ts'
import { findFiles, openFiles } from '#database/files.ts'
import { findMessage } from '#database/messages.ts'
import { revokeMessage } from '#database/endings.ts'
import type { StoredFile } from '#model.ts'
import { submit } from '../../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { wholeDatabase } from '../../support/whole-database.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { asText, read, staff } from '../sent/sent-message.ts'

// What would give the content of a file away is sealed with the key of its message.

const content = Buffer.from('Löneförhöjning: 1 200 kr')
const name = 'Uppsägning Anna Andersson.pdf'
let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['gateway', 'portal'])
})
afterAll(() => kuvert.close())

async function openedFiles(messageId: string): Promise<StoredFile[]> {
  const { keyId, wrappedKey } = (await findMessage(kuvert.deps, messageId))!
  const key = unwrapKey(kuvert.deps.masterKeys, messageId, { keyId, wrapped: wrappedKey! })
  return openFiles(key, await findFiles(kuvert.deps.db, messageId))
}

async function byMail(): Promise<string> {
  const lines = [
    'From: Anna <anna@kommun.example>',
    `Subject: [secure private] Besked ${randomUUID()}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=one',
    '',
    '--one',
    'Content-Type: text/plain',
    '',
    'Hej.',
    '--one',
    'Content-Type: application/pdf',
    `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(name)}`,
    'Content-Transfer-Encoding: base64',
    '',
    content.toString('base64'),
    '--one--',
    '',
  ]
  const { lines: reply } = await submit(kuvert.smtpPort, Buffer.from(lines.join('\r\n')))
  return /[\da-f-]{36}/.exec(reply.join())![0]
}

/** By tus, in two pieces, as if the line had broken in between. */
async function byPortal(browser: Browser): Promise<string> {
  const id = randomUUID()
  const cookie = [...browser.cookies].map(([key, value]) => `${key}=${value}`).join('; ')
  const ask = (path: string, method: string, headers: Record<string, string>, body?: Buffer) =>
    fetch(new URL(path, kuvert.portalUrl), {
      method,
      headers: { cookie, origin: kuvert.portalUrl, 'tus-resumable': '1.0.0', ...headers },
      ...(body && { body: new Uint8Array(body) }),
    })
  const metadata = `filename ${Buffer.from(name).toString('base64')},filetype ${Buffer.from('application/pdf').toString('base64')}`
  const begun = await ask(`/new/${id}/files`, 'POST', {
    'upload-length': `${content.length}`,
    'upload-metadata': metadata,
  })
  const at = begun.headers.get('location')!
  const type = 'application/offset+octet-stream'
  await ask(at, 'PATCH', { 'upload-offset': '0', 'content-type': type }, content.subarray(0, 9))
  await ask(at, 'PATCH', { 'upload-offset': '9', 'content-type': type }, content.subarray(9))
  const written = { to: 'bertil@kommun.example', subject: 'Besked', text: 'Hej.', private: 'yes' }
  const waiting = await wholeDatabase(kuvert.deps.db)
  expect(waiting, 'of a draft').not.toContain('Andersson')
  expect(await (await browser.get(`/new/${id}`)).text()).toContain(name)
  await browser.post(`/new/${id}`, { ...written, 'login-kind': 'recipients', do: 'send-anyway' })
  return id
}

const sha256 = createHash('sha256').update(content).digest('hex')

test.each(['mail', 'portal'])('a private message that comes by %s leaves no name and no hash to read', async door => {
  const anna = await staff(kuvert)
  const id = door === 'mail' ? await byMail() : await byPortal(anna)
  const [, file] = await openedFiles(id)
  expect(file).toMatchObject({ name, sha256, crc32: crc32(content) })
  const database = await wholeDatabase(kuvert.deps.db)
  expect(database, 'the database was read').toContain(id)
  for (const secret of ['Andersson', sha256, Buffer.from(sha256, 'hex').toString('latin1'), `${crc32(content)}`])
    expect(database).not.toContain(secret)
  expect(await (await anna.get(`/sent/${id}`)).text(), 'its sender still sees the name').toContain(name)
  const received = await (await (await staff(kuvert, 'bertil')).get('/received')).text()
  const link = /\/l\/[\w-]+/.exec(received)![0]
  const bertil = openBrowser(kuvert.portalUrl)
  await bertil.logIn(link, 'bertil')
  expect(await (await bertil.get(link)).text()).toContain(name)
  const answer = await bertil.download(link, 1)
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
  expect(answer.headers.get('etag')).toBe(`"${file!.id}"`)
})

test('the name and the hashes go with the key, and the page of the message says so', async () => {
  const anna = await staff(kuvert)
  const id = await byMail()
  await revokeMessage(kuvert.deps.db, id, { actor: 'admin:root' })
  const rows = await findFiles(kuvert.deps.db, id)
  expect(rows.map(row => row.name)).toEqual([null, null])
  const page = await read(anna, `/sent/${id}`)
  expect(page).not.toContain('Andersson')
  expect(page).toContain('Fil 2 (namnet är raderat)')
})

test('files of one message cannot be passed off as those of another, nor renamed', async () => {
  const anna = await staff(kuvert)
  const [one, other] = [await byMail(), await byMail()]
  await kuvert.deps.db.query(
    `update files set sealed = (select sealed from files as others where message_id = $2 and position = 1)
     where message_id = $1 and position = 1`,
    [one, other],
  )
  const answer = await anna.get(`/sent/${one}`)
  expect(answer.status).toBe(500)
  expect(asText(await answer.text())).not.toContain('Andersson')
})
