import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Queryable } from '#database/database.ts'
import { insertNotice } from '#database/notices.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startFaultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let fresh: Awaited<ReturnType<typeof freshDatabase>>
let proxy: FaultyProxy
let kuvert: TestKuvert
let start: (courier?: { leaseSeconds?: number; firstPauseSeconds?: number }, timeoutSeconds?: number) => Promise<void>
beforeEach(async () => {
  sink = await startSmtpSink()
  fresh = await freshDatabase()
  const url = new URL(fresh.url)
  proxy = await startFaultyProxy(Number(url.port))
  url.port = String(proxy.port)
  start = async (courier, timeoutSeconds = 2) => {
    kuvert = await startTestKuvert({
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
      database: { kind: 'postgres', url: url.href, timeoutSeconds },
      courier,
    })
  }
})
afterEach(async () => {
  await kuvert.close()
  await proxy.stop()
  await fresh.drop()
  await sink.stop()
})

const seal = (subject: string) => submit(kuvert.smtpPort, mailWithAttachment(`[secure] ${subject}`))
const isReturn = (connection: { commands: string[] }) => connection.commands.some(command => command.includes('<>'))

async function states(): Promise<string[]> {
  const { rows } = await fresh.db.query<{ state: string }>('select state from deliveries order by created_at')
  return rows.map(row => row.state)
}

/** The next hop wants the copies later; once one has been put off, `change` is run and it is due again. */
async function putOff(change: () => Promise<unknown>): Promise<void> {
  await start()
  sink.script = { answers: { DOT: '451 4.3.0 later' } }
  await seal('waits')
  const waiting = `select 1 from deliveries where state = 'queued' and lease is null and attempts > 0`
  await expect.poll(async () => (await fresh.db.query(waiting)).rows.length).toBe(1)
  await change()
  sink.script = {}
  await fresh.db.query('update deliveries set next_attempt_at = now()')
  await fresh.db.query('notify kuvert_deliveries')
}

test('a copy whose message expires before it could be sent is not lost in silence: its sender is told', async () => {
  await putOff(() => fresh.db.query('update messages set ended_at = now(), wrapped_key = null'))
  const [mail] = await sink.waitForMails(1)
  expect(mail).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
  expect(mail!.bytes.toString()).toContain('Final-Recipient: rfc822; bertil@kommun.example')
  expect(await states()).toEqual(['bounced'])
})

test('nobody is told of a copy that was withdrawn', async () => {
  await putOff(() => fresh.db.query('update messages set ended_at = now(), wrapped_key = null, revoked = true'))
  await expect.poll(states).toEqual(['bounced'])
  expect((await fresh.db.query('select 1 from notices')).rows).toEqual([])
})

test('a copy whose object is lost is given up in the end, and its sender is told', async () => {
  await putOff(async () => {
    const objects = join(kuvert.folder, 'objects')
    for (const name of await readdir(objects)) await rm(join(objects, name), { recursive: true })
    // A small slim mail is no object; this makes it one that is not there.
    await fresh.db.query('update messages set slim_sealed = null')
    await fresh.db.query(`update deliveries set created_at = now() - interval '200 hours'`)
  })
  const [mail] = await sink.waitForMails(1)
  expect(mail).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
  expect(await states()).toEqual(['bounced'])
})

test('a next hop that takes longer than the lease gets the copy once', async () => {
  await start({ leaseSeconds: 1 })
  sink.script = { answers: { DOT: { say: '250 2.0.0 at last', afterMs: 3500 } } }
  await seal('slow')
  await expect.poll(states).toEqual(['sent'])
  expect(sink.connections.flatMap(each => each.commands).filter(command => command === 'DATA')).toHaveLength(1)
}, 20_000)

test('a copy that was handed over while the database was away for a moment is not sent again', async () => {
  await start()
  sink.script = {
    answers: {
      DOT: (_, connection) => {
        if (isReturn(connection)) return undefined
        proxy.cut()
        setTimeout(proxy.heal, 700)
        return undefined
      },
    },
  }
  await seal('once')
  await expect.poll(states).toEqual(['sent'])
  await pause(1500)
  expect(sink.mails).toHaveLength(1)
}, 20_000)

const notice = { sender: '', recipient: 'anna@kommun.example', mail: Buffer.from('Subject: notice\r\n\r\n') }

test.each([
  ['deliveries', (tx: Queryable): Promise<unknown> => tx.query('update deliveries set next_attempt_at = now()')],
  ['notices', (tx: Queryable): Promise<unknown> => insertNotice({ db: tx, keyring: kuvert.deps.keyring }, notice)],
] as const)(
  'one of the %s that was claimed although the answer was lost goes out long before the lease ends, once',
  async (table, queue) => {
    await start({ firstPauseSeconds: 3600 }, 30)
    sink.script = { answers: { DOT: '451 4.3.0 later' } }
    await seal('waits')
    const count = async (rows: string): Promise<number> => (await fresh.db.query(`select 1 from ${rows}`)).rows.length
    await expect.poll(() => count(`deliveries where attempts = 1 and lease is null`)).toBe(1)
    sink.script = {}

    await fresh.db.transaction(async tx => {
      await queue(tx)
      // The claim waits until its answer will be swallowed.
      await tx.query(`lock table ${table} in share mode`)
      await fresh.db.query('notify kuvert_deliveries')
      await expect.poll(() => count(`pg_locks where not granted and relation = '${table}'::regclass`)).toBe(1)
      proxy.hang(0, 'toClient')
    })
    await expect.poll(() => count(`${table} where state = 'queued' and leased_until is not null`)).toBe(1)
    proxy.heal()
    await sink.waitForMails(1)
    await expect.poll(() => count(`${table} where state = 'sent'`)).toBe(1)
    expect(sink.mails).toHaveLength(1)
  },
)

test('what another process held that was killed goes out when its lease ends, although nobody was told of it', async () => {
  await start({ leaseSeconds: 1 })
  await seal('first')
  await expect.poll(states).toEqual(['sent'])
  await fresh.db.query(`update deliveries set state = 'queued', settled_at = null,
    lease = gen_random_uuid(), leased_until = now() + interval '1 second'`)
  await sink.waitForMails(2)
})
