import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import type { Script } from '../support/scripted-smtp-server.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeEach(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 2 },
    courier: { giveUpHours: 24 },
  })
})
afterEach(async () => {
  await kuvert.close()
  await sink.stop()
})

const query = (sql: string) => kuvert.deps.db.query<{ value: number }>(sql)
const count = async (where: string) => (await query(`select 1 from deliveries where ${where}`)).rows.length

/** Three messages, as if their first attempts had been put off; as many copies as are wanted are made of them. */
async function queueMany(copies: number): Promise<void> {
  sink.script.answers = { DOT: '451 4.2.0 later' }
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] many'))
  await expect.poll(() => count('attempts > 0 and lease is null')).toBe(1)
  await query(`update deliveries set next_attempt_at = now() + interval '1 hour'`)
  await query(
    `insert into deliveries (id, link_id) select gen_random_uuid(), link_id from deliveries, generate_series(1, ${copies})`,
  )
}

/** From now on, the next hop answers so; connections that are kept for the next mail are lost. */
async function turn(answers: Script['answers']): Promise<void> {
  sink.script.answers = answers ?? {}
  for (const connection of sink.connections.filter(each => each.open)) {
    await sink.interject({ then: 'drop' }).catch(() => undefined)
    await expect.poll(() => connection.open).toBe(false)
  }
}

test.each<[string, Script['answers']]>([
  ['refuses connections', { CONNECT: { say: '421 4.3.2 closing', then: 'close' } }],
  ['sends everybody away', { MAIL: '421 4.3.2 not now' }],
  ['has no room', { MAIL: '452 4.3.1 disk full' }],
])(
  'a next hop that %s is not asked by each of hundreds of copies, and gets them all when it is back',
  async (_, answers) => {
    await queueMany(300)
    await turn(answers)
    const before = sink.connections.length + commands()
    await query('notify kuvert_deliveries')
    await expect.poll(() => kuvert.logged.some(line => String(line['msg']).includes('the next hop is away'))).toBe(true)
    const untouched = await count('attempts = 0')
    await pause(2500)
    // A try in the beginning by each at once, then one after each pause: neither tens nor hundreds.
    expect(sink.connections.length + commands() - before).toBeLessThan(30)
    expect(await count('attempts = 0')).toBeGreaterThan(untouched - 10)
    sink.script.answers = {}
    await expect.poll(() => count(`state = 'sent'`), { timeout: 60_000, interval: 500 }).toBeGreaterThan(290)
  },
  90_000,
)

const commands = () => sink.connections.flatMap(each => each.commands).filter(each => each.startsWith('MAIL')).length

test('a next hop that takes few connections is given few, and nothing waits', async () => {
  await queueMany(150)
  await turn({
    CONNECT: () =>
      sink.connections.filter(each => each.open).length > 1 ? { say: '421 4.7.0 Too many', then: 'close' } : undefined,
  })
  await query('notify kuvert_deliveries')
  await expect.poll(() => count(`state = 'sent'`), { timeout: 60_000, interval: 500 }).toBeGreaterThan(130)
  expect(sink.connections.filter(each => each.commands.length === 0).length).toBeLessThan(40)
}, 90_000)

test('what has been queued for too long is given up while the next hop is away', async () => {
  await queueMany(20)
  await turn({ CONNECT: { say: '421 4.3.2 closing', then: 'close' } })
  await query('notify kuvert_deliveries')
  await expect.poll(() => kuvert.logged.some(line => String(line['msg']).includes('the next hop is away'))).toBe(true)
  await query(`update deliveries set created_at = now() - interval '25 hours', next_attempt_at = now()`)
  await query('notify kuvert_deliveries')
  await expect.poll(() => count(`state = 'bounced'`)).toBe(21)
})

test('one mail that breaks its line does not keep others waiting', async () => {
  sink.script.answers = {
    DATA: (_, { commands: said }) =>
      said.some(command => command.includes('bertil')) ? { say: '354 Go ahead', then: 'drop' } : undefined,
  }
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] broken'))
  await expect.poll(() => count('attempts > 0 and lease is null')).toBe(1)
  await submit(kuvert.smtpPort, mailWithAttachment('[secure open] fine'), { to: ['<cecilia@kommun.example>'] })
  const [mail] = await sink.waitForMails(1)
  expect(mail!.recipients).toEqual(['cecilia@kommun.example'])
  expect(kuvert.logged.filter(line => String(line['msg']).includes('the next hop is away'))).toEqual([])
})
