import { rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listMails } from '#demo/outbox.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['gateway'])
})
afterAll(() => kuvert.close())
beforeEach(async () => {
  await kuvert.deps.db.query('delete from messages')
  for await (const { key } of kuvert.deps.objects.list()) await kuvert.deps.objects.remove(key)
})

const mail = mailWithAttachment('[secure open] x')
const send = (envelope: { from?: string; to?: string[] } = {}, bytes = mail) => submit(kuvert.smtpPort, bytes, envelope)
const query = async (sql: string) => (await kuvert.deps.db.query<Record<string, unknown>>(sql)).rows
const recipients = async () =>
  (await query('select recipient from links order by recipient')).map(row => row['recipient'])
const objectsStored = async () => (await Array.fromAsync(kuvert.deps.objects.list())).length

test('the same mail again is answered as before, and neither sealed nor stored twice', async () => {
  const first = await send()
  expect(first.lines[0]).toMatch(/^2\.0\.0 Secured as [\w-]{36}$/)
  expect(await send()).toEqual(first)
  expect(await query('select 1 from messages')).toHaveLength(1)
  expect(await query('select 1 from deliveries')).toHaveLength(1)
  expect(await objectsStored()).toBe(1)
})

test('it is recognised before anything is stored', async () => {
  expect((await send()).code).toBe(250)
  const folder = join(kuvert.folder, 'objects')
  await rename(folder, `${folder}.away`)
  await writeFile(folder, 'This is no folder.')
  const [again, other] = [await send(), await send({}, mailWithAttachment('[secure open] z'))]
  await rm(folder)
  await rename(`${folder}.away`, folder)
  expect([again.code, other.code]).toEqual([250, 451])
})

test('many at the same moment become one message, and nothing else stays in the storage', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => send()))
  expect(new Set(answers.map(answer => `${answer.code} ${answer.lines.join()}`)).size).toBe(1)
  expect(answers[0]!.code).toBe(250)
  expect(await query('select 1 from messages')).toHaveLength(1)
  expect(await query('select 1 from links')).toHaveLength(1)
  await expect.poll(objectsStored).toBe(1)
})

test('recipients who were not accepted the first time get it, and the others no second copy', async () => {
  await send({ to: ['<a@example.net>', '<b@example.net>'] })
  const second = await send({ to: ['<b@example.net>', '<c@example.net>'] })
  expect(second.code).toBe(250)
  expect(await recipients()).toEqual(['a@example.net', 'b@example.net', 'c@example.net'])
  const third = await send({ to: ['<c@example.net>', '<a@example.net>', '<b@example.net>'] })
  expect(third).toEqual(second)
  expect(await query('select 1 from messages')).toHaveLength(2)
})

test('overlapping recipients at the same moment get one copy each', async () => {
  const to = (...names: string[]) => ({ to: names.map(name => `<${name}@example.net>`) })
  const answers = await Promise.all(
    [to('a', 'b'), to('b', 'c'), to('c', 'a'), to('a', 'b', 'c')].map(each => send(each)),
  )
  expect(answers.map(answer => answer.code)).toEqual([250, 250, 250, 250])
  expect(await recipients()).toEqual(['a@example.net', 'b@example.net', 'c@example.net'])
})

test('a recipient who is named twice gets one copy', async () => {
  const twice = { to: ['<a@example.net>', '<b@example.net>', '<a@example.net>'] }
  expect((await send(twice)).code).toBe(250)
  expect(await recipients()).toEqual(['a@example.net', 'b@example.net'])
})

test('a recipient who is named in two spellings is one recipient, at once and when the mail comes again', async () => {
  const first = await send({ to: ['<Bertil@example.net>', '<bertil@EXAMPLE.net>', '<BERTIL@example.net>'] })
  expect(first.code).toBe(250)
  expect(await recipients()).toEqual(['Bertil@example.net'])
  expect(await send({ to: ['<bertil@example.net>'] })).toEqual(first)
  expect(await query('select 1 from links')).toHaveLength(1)
})

test('another byte, another sender or another day make it another mail', async () => {
  await send()
  await send({}, mailWithAttachment('[secure open] x', 'attached!'))
  await send({ from: '<bertil@kommun.example>' })
  expect(await query('select 1 from messages')).toHaveLength(3)
  await kuvert.deps.db.query(`update messages set created_at = created_at - interval '25 hours'`)
  await send()
  expect(await query('select 1 from messages')).toHaveLength(4)
})

test('what was revoked or has expired does not come back by being sent again', async () => {
  const first = await send()
  for (const column of ['revoked', 'expired']) {
    await kuvert.deps.db.query(`update messages set ended_at = now(), wrapped_key = null, revoked = $1`, [
      column === 'revoked',
    ])
    await kuvert.deps.db.query(`update deliveries set state = 'sent', settled_at = now()`)
    expect(await send()).toEqual(first)
  }
  await kuvert.deps.db.query(`update messages set revoked = true`)
  await kuvert.deps.db.query(`update deliveries set state = 'bounced', settled_at = now()`)
  expect(await send()).toEqual(first)
  expect(await query('select 1 from messages')).toHaveLength(1)
})

test('a copy that bounced may be sent again: its sender was told that it did not arrive', async () => {
  await send({ to: ['<a@example.net>', '<b@example.net>'] })
  await kuvert.deps.db.query(
    `update deliveries set state = 'bounced', settled_at = now() where link_id = (select id from links where recipient = 'a@example.net')`,
  )
  await send({ to: ['<a@example.net>', '<b@example.net>'] })
  expect(await recipients()).toEqual(['a@example.net', 'a@example.net', 'b@example.net'])
})

test('an unmarked mail is relayed as often as it is sent', async () => {
  const plain = Buffer.from('From: a@example.org\r\nSubject: x\r\n\r\nText.\r\n')
  await send({}, plain)
  await send({}, plain)
  await pause(50)
  expect(await listMails(join(kuvert.folder, 'outbox'))).toHaveLength(2)
})
