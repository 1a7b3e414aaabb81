import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { revokeLink, revokeMessage } from '#database/endings.ts'
import { findLinksOfMessage } from '#database/links.ts'
import { settingsSchema } from '#settings/schema.ts'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { auditEntries } from '../support/audit-entries.ts'
import { startTestPortal, type TestPortal } from '../support/test-portal.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const settings = settingsSchema.parse({})
const by = { actor: 'account:karin', address: '192.0.2.7' } as const
const two = { recipients: ['anna@kommun.example', 'bertil@kommun.example'] }
let portal: TestPortal
let folder: string
beforeAll(async () => {
  portal = await startTestPortal()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-revoke-'))
  await writeFile(join(folder, 'kuvert.yaml'), stringify({ database: { kind: 'postgres', url: portal.databaseUrl } }))
})
afterAll(async () => {
  await portal.close()
  await rm(folder, { recursive: true, force: true })
})

async function kuvert(...args: string[]) {
  const child = execFile(process.execPath, [main, 'revoke', ...args, '--config', 'kuvert.yaml'], { cwd: folder })
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (text: string) => (output.stdout += text))
  child.stderr?.on('data', (text: string) => (output.stderr += text))
  const [code] = (await once(child, 'close')) as [number]
  return { code, ...output }
}

async function objectKeys(): Promise<string[]> {
  const keys = []
  for await (const { key } of portal.objects.list()) keys.push(key)
  return keys
}

const entriesOf = async (messageId: string) =>
  (await auditEntries(portal.db)).filter(entry => entry.messageId === messageId)

test('a message that is withdrawn says so to its recipients, and to others it never was', async () => {
  const message = await portal.message({ login: 'recipients', ...two })
  expect(await revokeMessage(portal.db, message.id, by)).toBe(true)
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const told = await browser.get(message.path)
  expect(told.status).toBe(410)
  expect(await told.text()).toContain('dragits tillbaka')
  const stranger = portal.browser()
  await stranger.logIn(message.path, 'cecilia')
  expect((await stranger.get(message.path)).status).toBe(404)
  expect((await portal.browser().get(message.path)).status).toBe(404)
})

test('its key is forgotten at once, its objects are removed in the next round, and those of others are not', async () => {
  const stays = await portal.message({ login: 'none' })
  const goes = await portal.message({ login: 'none' })
  const keys = (message: typeof stays) => message.files.flatMap(file => file.objects.map(object => object.key))
  await revokeMessage(portal.db, goes.id, by)
  const { rows } = await portal.db.query('select wrapped_key as "wrappedKey", revoked from messages where id = $1', [
    goes.id,
  ])
  expect(rows).toEqual([{ wrappedKey: null, revoked: true }])
  await runUpkeep({ ...portal.deps, objects: portal.objects, settings })
  expect(await objectKeys()).toEqual(expect.arrayContaining(keys(stays)))
  for (const key of keys(goes)) expect(await objectKeys()).not.toContain(key)
  expect(await (await portal.browser().download(stays.path)).text()).toBe('filens bytes')
})

test('it is entered in the audit, once, however often it is tried at the same time', async () => {
  const message = await portal.message({ login: 'none' })
  const done = await Promise.all(Array.from({ length: 8 }, () => revokeMessage(portal.db, message.id, by)))
  expect(done.filter(Boolean)).toHaveLength(1)
  const entries = await entriesOf(message.id)
  expect(entries.map(({ action, actor, address }) => ({ action, actor, address })).toSorted(byAction)).toEqual([
    { action: 'key-forgotten', ...by },
    { action: 'message-ended', ...by },
  ])
  expect(entries.find(entry => entry.action === 'message-ended')?.details).toEqual({ reason: 'revoked' })
})

test('a ticket that was handed out before is worth nothing afterwards', async () => {
  const message = await portal.message({ login: 'none' })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  expect((await browser.get(ticket, { range: 'bytes=0-3' })).status).toBe(206)
  await revokeMessage(portal.db, message.id, by)
  expect((await browser.get(ticket)).status).toBe(410)
  expect((await browser.get(ticket, { range: 'bytes=4-' })).status).toBe(410)
})

test('a download that is under way ends as it began, and cannot be resumed', async () => {
  const content = Buffer.alloc(24 * 1024 ** 2, 'kuvert')
  const message = await portal.message({ login: 'none', files: [{ name: 'stor.bin', content }] })
  const browser = portal.browser()
  const ticket = (await browser.post(`${message.path}/files/0`)).headers.get('location')!
  const reader = (await browser.get(ticket)).body!.getReader()
  const chunks = [(await reader.read()).value!]
  await revokeMessage(portal.db, message.id, by)
  await runUpkeep({ ...portal.deps, objects: portal.objects, settings })
  for (let part = await reader.read(); !part.done; part = await reader.read()) chunks.push(part.value)
  expect(Buffer.concat(chunks).equals(content)).toBe(true)
  expect((await browser.get(ticket, { range: 'bytes=1000-' })).status).toBe(410)
})

test('one link is withdrawn, and the others open what they did', async () => {
  const message = await portal.message({ login: 'recipients', ...two })
  const [anna, bertil] = message.links
  const annas = portal.browser()
  await annas.logIn(anna!.path, 'anna')
  const ticket = (await annas.post(`${anna!.path}/files/0`)).headers.get('location')!
  expect(await revokeLink(portal.db, anna!.id, by)).toBe(true)
  expect(await revokeLink(portal.db, anna!.id, by)).toBe(false)
  expect((await annas.get(anna!.path)).status).toBe(410)
  expect((await annas.get(ticket)).status).toBe(410)
  const bertils = portal.browser()
  await bertils.logIn(bertil!.path, 'bertil')
  expect(await (await bertils.download(bertil!.path)).text()).toBe('filens bytes')
  // Nor does somebody else's link bring Anna in again.
  expect((await annas.get(bertil!.path)).status).toBe(403)
  expect(await entriesOf(message.id)).toContainEqual(
    expect.objectContaining({
      action: 'link-revoked',
      actor: 'account:karin',
      details: { link: anna!.id, recipient: 'anna@kommun.example' },
    }),
  )
})

test('kuvert revoke withdraws a message or one link of it, and says what it did', async () => {
  const message = await portal.message({ login: 'none', ...two })
  const [anna, bertil] = message.links
  expect(await kuvert(message.id, '--recipient', 'nobody@kommun.example')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('bertil@kommun.example'),
  })
  expect(await kuvert(message.id, '--recipient', 'Anna@Kommun.example')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The link of Anna@Kommun.example is withdrawn.'),
  })
  expect((await portal.browser().get(anna!.path)).status).toBe(410)
  expect((await portal.browser().get(bertil!.path)).status).toBe(200)
  expect(await kuvert(message.id)).toMatchObject({ code: 0, stdout: expect.stringContaining('is withdrawn') })
  expect((await portal.browser().get(bertil!.path)).status).toBe(410)
  expect(await kuvert(message.id)).toMatchObject({ code: 0, stdout: expect.stringContaining('been withdrawn already') })
  const entries = (await entriesOf(message.id)).filter(({ actor }) => actor === `admin:${userInfo().username}`)
  // Who of the admins it was: the user of the machine.
  expect(entries.map(({ action }) => action).toSorted()).toEqual(['key-forgotten', 'link-revoked', 'message-ended'])
  const link = (await findLinksOfMessage(portal.deps, message.id)).find(({ id }) => id === anna!.id)
  expect(link?.revokedAt).toBeInstanceOf(Date)
})

test('kuvert revoke finds a recipient in any case, also of letters that are not ASCII', async () => {
  const message = await portal.message({ login: 'none', recipients: ['ÅSA@kommun.example'] })
  expect(await kuvert(message.id, '--recipient', 'åsa@kommun.example')).toMatchObject({ code: 0 })
  expect((await portal.browser().get(message.links[0]!.path)).status).toBe(410)
})

test.each(['nothing', '00000000-0000-4000-8000-000000000000'])('kuvert revoke %s finds nothing', async id => {
  expect(await kuvert(id)).toMatchObject({ code: 1, stderr: expect.stringContaining(`There is no message ${id}.`) })
})

function byAction(one: { action: string }, other: { action: string }): number {
  return one.action < other.action ? -1 : 1
}
