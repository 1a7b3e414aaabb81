import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

let sink: SmtpSink
let kuvert: TestKuvert
const open: SmtpClient[] = []
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert(
    { nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3, connections: 1 } },
    ['gateway'],
  )
})
afterEach(() => {
  sink.script = {}
  sink.mails.length = 0
  for (const client of open.splice(0)) client.close()
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

async function begin(...commands: string[]): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  for (const command of commands) expect((await client.say(command)).code).toBe(250)
  return client
}

/** Connections of the next hop that are open in the middle of a transaction, by what they said last. */
function inTransaction(): string[] {
  return sink.connections
    .filter(connection => connection.open)
    .map(connection => connection.commands.at(-1) ?? '')
    .filter(last => !/^(EHLO|RSET|QUIT|NOOP)/.test(last))
}

const usual = ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>'] as const

describe('no transaction stays open at the next hop', () => {
  const slow = (moment: 'CONNECT' | 'MAIL' | 'RCPT', say: string) => ({ answers: { [moment]: { say, afterMs: 300 } } })
  test.each([
    ['while it is connected to', slow('CONNECT', '220 slow'), [], 'MAIL FROM:<a@example.org>'],
    ['while MAIL waits for it', slow('MAIL', '250 2.1.0 Ok'), [], 'MAIL FROM:<a@example.org>'],
    ['while RCPT waits for it', slow('RCPT', '250 2.1.5 Ok'), usual.slice(0, 1), 'RCPT TO:<b@example.net>'],
    ['after MAIL', {}, usual.slice(0, 1), 'NOOP'],
    ['after RCPT', {}, usual, 'NOOP'],
    ['at DATA', {}, usual, 'DATA'],
  ])('when the client goes away %s', async (_, script, before, last) => {
    const other = sink.connections.length
    // One that is busy, so that the next hop must be connected to anew.
    const busy = await begin('MAIL FROM:<busy@example.org>')
    sink.script = script
    const client = await begin(...before)
    await client.write(`${last}\r\n`)
    await expect.poll(() => sink.connections.length).toBeGreaterThan(other)
    await pause(100)
    client.close()
    busy.close()
    await pause(600)
    await expect.poll(inTransaction).toEqual([])
  })

  test.each(['RSET', 'EHLO again.test', 'HELO again.test'])('after %s', async command => {
    await begin(...usual, command)
    await expect.poll(inTransaction).toEqual([])
  })

  test('when it lacks what the mail needs', async () => {
    sink.script = { extensions: ['PIPELINING'] }
    const before = sink.connections.length
    const busy = await begin('MAIL FROM:<busy@example.org>')
    const client = await begin()
    for (let count = 0; count < 3; count++)
      expect((await client.say('MAIL FROM:<å@example.org> SMTPUTF8')).code).toBe(550)
    busy.close()
    client.close()
    await expect.poll(() => sink.connections.slice(before).filter(each => each.open).length).toBeLessThanOrEqual(1)
  })
})

test('a client that goes away before its answer is no error of ours', async () => {
  const before = kuvert.logged.length
  const client = await begin(...usual)
  await client.say('DATA')
  await client.write('Subject: x\r\n\r\nhalf')
  await pause(50)
  client.close()
  await expect.poll(inTransaction).toEqual([])
  await pause(50)
  expect(kuvert.logged.slice(before).filter(line => Number(line['level']) > 30)).toEqual([])
})
