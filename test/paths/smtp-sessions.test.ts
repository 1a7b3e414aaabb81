import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

let sink: SmtpSink
let folder: string
let kuvert: TestKuvert
const open: SmtpClient[] = []
beforeAll(async () => {
  sink = await startSmtpSink()
  folder = await mkdtemp(join(tmpdir(), 'kuvert-sessions-'))
  const { certificate, key } = await makeCertificates(join(folder, 'certificates'), ['localhost'])
  kuvert = await startTestKuvert(
    {
      gateway: { tls: { certificate, key }, limits: { idleSeconds: 2 } },
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 3, connections: 1 },
    },
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
  await rm(folder, { recursive: true, force: true })
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

  test('after STARTTLS, which forgets what was said in clear', async () => {
    const client = await begin(...usual)
    await client.startTls()
    await expect.poll(inTransaction).toEqual([])
    await client.say('EHLO client.test')
    expect((await client.say('RCPT TO:<c@example.net>')).code).toBe(503)
    expect((await client.say('DATA')).code).toBe(503)
  })

  test('when the client falls silent in the middle of a mail', async () => {
    const client = await begin(...usual)
    await client.say('DATA')
    await client.write('Subject: x\r\n\r\nhalf')
    expect((await client.read()).code).toBe(421)
    await expect.poll(inTransaction).toEqual([])
    expect(sink.mails).toEqual([])
  }, 20_000)

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

test('every answer belongs to its command, whoever gives it and however they come', async () => {
  sink.script = {
    answers: {
      RCPT: command => (command.includes('refused') ? '550 5.1.1 refused by the next hop' : '251 2.1.5 its own'),
      MAIL: command => (command.includes('slow') ? { say: '250 2.1.0 slowly', afterMs: 200 } : '250 2.1.0 its own'),
    },
  }
  const said: [command: string, answer: RegExp][] = [
    ['MAIL FROM:<slow@example.org>', /^250 2\.1\.0 slowly$/],
    ['MAIL FROM:<again@example.org>', /^503 .*nested/],
    ['RCPT TO:<refused@example.net>', /^550 5\.1\.1 refused by the next hop$/],
    ['RCPT TO:<no address>', /^501 /],
    ['NOOP', /^250 2\.0\.0 OK$/],
    ['RCPT TO:<b@example.net>', /^251 2\.1\.5 its own$/],
    ['RCPT TO:<c@example.net> HOLDFOR=10', /^555 5\.5\.4 .*HOLDFOR/],
    ['nonsense', /^500 /],
    ['RSET', /^250 2\.0\.0 Flushed$/],
    ['RCPT TO:<b@example.net>', /^503 /],
    ['MAIL FROM:<a@example.org> SIZE=1 SIZE=2', /^501 .*SIZE/],
    ['MAIL FROM:<a@example.org> ENVID="a b"', /^501 5\.5\.4 /],
    ['RCPT TO:<b@example.net> ORCPT=rfc822;"a b"@example.net', /^501 5\.5\.4 /],
    ['MAIL FROM:<a@example.org> FOO=BAR', /^555 5\.5\.4 .*FOO/],
    ['HELP', /^214 /],
    ['MAIL FROM:<a@example.org>', /^250 2\.1\.0 its own$/],
    ['DATA', /^503 /],
    ['RCPT TO:<b@example.net>', /^251 2\.1\.5 its own$/],
    ['QUIT', /^221 /],
  ]
  for (const cut of [Infinity, 7]) {
    const client = await begin()
    const bytes = said.map(([command]) => `${command}\r\n`).join('')
    for (let at = 0; at < bytes.length; at += cut) await client.write(bytes.slice(at, at + cut))
    for (const [, answer] of said) {
      const { code, lines } = await client.read()
      expect(`${code} ${lines.join(' ')}`).toMatch(answer)
    }
  }
  await expect.poll(inTransaction).toEqual([])
})
