import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listMails } from '#demo/outbox.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeEach(async () => void (kuvert = await startTestKuvert({ database: { kind: 'embedded' } })), 60_000)
afterEach(() => kuvert.close())

const inCluster = (file: string) => join(kuvert.folder, 'postgres', file)
const pidOf = async () => Number((await readFile(inCluster('postmaster.pid'), 'utf8')).split('\n')[0])
const outbox = () => listMails(join(kuvert.folder, 'outbox'))
const sendMarked = async (subject: string) =>
  (await submit(kuvert.smtpPort, mailWithAttachment(`[secure open] ${subject}`))).code
const logs = (text: string) => kuvert.logged.some(({ msg }) => String(msg).includes(text))
const until = (condition: () => unknown) => expect.poll(condition, { interval: 100 })

test('an embedded PostgreSQL that is killed is started again, and what waited for it goes on', async () => {
  expect(await sendMarked('before')).toBe(250)
  await until(async () => (await outbox()).length).toBe(1)
  const first = await pidOf()
  process.kill(first, 'SIGKILL')
  await until(() => sendMarked('after')).toBe(250)
  await until(async () => (await outbox()).length).toBe(2)
  expect(await pidOf()).not.toBe(first)
  expect((await kuvert.deps.db.query('select 1 from messages')).rows).toHaveLength(2)
  expect(logs('the embedded PostgreSQL has ended')).toBe(true)
  expect(logs('the embedded PostgreSQL runs again')).toBe(true)
}, 90_000)

test('while it cannot be started, the log says why, marked mail is put off, and unmarked mail flows', async () => {
  // Without this file it ends as soon as it is started.
  await rename(inCluster('pg_hba.conf'), inCluster('away'))
  process.kill(await pidOf(), 'SIGKILL')
  await until(() => JSON.stringify(kuvert.logged)).toMatch(/pg_hba.conf.*could not be started again/)
  expect(await sendMarked('put off')).toBe(451)
  const unmarked = Buffer.from('Subject: hello\r\n\r\nbody\r\n')
  expect((await submit(kuvert.smtpPort, unmarked)).code).toBe(250)
  expect(await outbox()).toHaveLength(1)

  await rename(inCluster('away'), inCluster('pg_hba.conf'))
  await until(() => sendMarked('put off')).toBe(250)
  await until(async () => (await outbox()).length).toBe(2)
}, 90_000)

test('a Kuvert that is stopped while it cannot be started stops', async () => {
  const { close } = kuvert
  await rename(inCluster('pg_hba.conf'), inCluster('away'))
  process.kill(await pidOf(), 'SIGKILL')
  await until(() => logs('could not be started again')).toBe(true)
  await close()
  kuvert.close = async () => undefined
}, 90_000)
