import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
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
    {
      gateway: { limits: { idleSeconds: 2, mailSeconds: 4, recipients: 5 } },
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none', timeoutSeconds: 10 },
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
})

function begin(...commands: string[]): Promise<SmtpClient> {
  return beginAt(kuvert, ...commands)
}

async function beginAt({ smtpPort }: TestKuvert, ...commands: string[]): Promise<SmtpClient> {
  const { client } = await connectSmtp(smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  for (const command of commands) expect((await client.say(command)).code).toBeLessThan(400)
  return client
}

const usual = ['MAIL FROM:<a@example.org>', 'RCPT TO:<b@example.net>'] as const
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('a mail of nothing but', () => {
  /** One that cuts off no mail for taking long: how fast the machine is is not what is tested. */
  let patient: TestKuvert
  beforeAll(async () => {
    const nextHop = { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' } as const
    patient = await startTestKuvert({ nextHop }, ['gateway'])
  })
  afterAll(() => patient.close())

  test.each([
    ['lone dots', '.\r\n'],
    ['pairs of dots', '..\r\n'],
    ['empty lines', '\r\n'],
    ['lines of one letter', 'a\r\n'],
    ['NULs', '\0\r\n'],
  ])('%s leaves as it came', async (_, line) => {
    const body = line.repeat(3 * 1024 ** 2)
    const client = await beginAt(patient, ...usual)
    const reply = await client.data(Buffer.from(`Subject: x\r\n\r\n${body}`))
    expect(reply.code).toBe(250)
    expect(sha256(sink.mails[0]!.bytes.subarray(-body.length))).toBe(sha256(Buffer.from(body)))
  })
})

describe('a flood', () => {
  test.each([
    ['header lines', 'X-Flood: a\r\n'],
    ['header lines of two bytes', 'a\r\n'],
    ['one endless header line', 'a'],
  ])('of %s is refused when all of it has come, and the client may go on', async (_, piece) => {
    const client = await begin(...usual)
    const mail = Buffer.from(`${piece.repeat(Math.ceil((3 * 1024 ** 2) / piece.length))}\r\n\r\nbody\r\n`)
    expect((await client.data(mail)).code).toBe(552)
    expect((await client.say(usual[0])).code).toBe(250)
    expect(sink.mails).toEqual([])
  })

  test('of recipients is accepted up to the limit', async () => {
    const client = await begin(usual[0])
    await client.write(Array.from({ length: 2000 }, (_, index) => `RCPT TO:<r${index}@example.net>\r\n`).join(''))
    const codes: number[] = []
    for (let count = 0; count < 2000; count++) codes.push((await client.read()).code)
    expect(codes.filter(code => code === 250)).toHaveLength(5)
    expect(codes.slice(5).every(code => code === 452)).toBe(true)
    await client.data(Buffer.from('Subject: x\r\n\r\nx\r\n'))
    expect(sink.mails[0]!.recipients).toHaveLength(5)
  })

  test('of commands from a client that reads no answers is not read either', async () => {
    const socket = connectTcp(kuvert.smtpPort, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined).pause()
    await pause(50)
    const commands = 'NOOP\r\n'.repeat(10_000)
    const takes = async () => {
      if (socket.write(commands)) return true
      return Promise.race([once(socket, 'drain').then(() => true), pause(700).then(() => false)])
    }
    const enoughWrites = (200 * 1024 ** 2) / commands.length
    let writes = 0
    while (writes < enoughWrites && (await takes())) writes += 1
    socket.destroy()
    expect(writes).toBeLessThan(enoughWrites)
  })

  test('of commands in one segment is answered, each in its turn', async () => {
    const client = await begin()
    await client.write(`${'NOOP\r\n'.repeat(5000)}QUIT\r\nNOOP\r\n`)
    for (let count = 0; count < 5000; count++) expect((await client.read()).code).toBe(250)
    expect((await client.read()).code).toBe(221)
    await expect(client.read()).rejects.toThrow()
  })

  test.each([
    ['nonsense', 'nonsense\r\n'.repeat(100), 9],
    ['a command that does not end', 'NOOP '.repeat(10_000), 0],
    ['a web page', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nMAIL FROM:<a@example.org>\r\n', 0],
  ])('of %s is told to leave', async (_, said, answersBefore) => {
    const client = await begin()
    await client.write(said)
    for (let count = 0; count < answersBefore; count++) expect((await client.read()).code).toBe(500)
    expect((await client.read()).code).toBe(421)
    await expect(client.read()).rejects.toThrow()
  })
})

describe('a client that is slow', () => {
  async function trickle(client: SmtpClient): Promise<void> {
    for (; !client.socket().destroyed; await pause(100)) client.socket().write('Subject: slow\r\n')
  }

  test('over its mail is cut off, and the next hop keeps nothing', async () => {
    const client = await begin(...usual, 'DATA')
    const trickling = trickle(client)
    expect((await client.read()).code).toBe(421)
    await expect(client.read()).rejects.toThrow()
    client.close()
    await trickling
    expect(sink.mails).toEqual([])
  })

  test('over what is left of a refused mail is cut off as well', async () => {
    const client = await begin(...usual, 'DATA')
    await client.write('Subject: x\n\r\n')
    const trickling = trickle(client)
    expect((await client.read()).code).toBe(421)
    client.close()
    await trickling
  })

  test('over a command is told to leave', async () => {
    const client = await begin()
    await client.write('NOO')
    expect((await client.read()).code).toBe(421)
    await expect(client.read()).rejects.toThrow()
  })

  test('is not blamed for a next hop that takes its time', async () => {
    sink.script = {
      answers: { MAIL: { say: '250 2.1.0 Ok', afterMs: 2500 }, DOT: { say: '250 2.0.0 Ok', afterMs: 2500 } },
    }
    const client = await begin(...usual)
    expect((await client.data(Buffer.from('Subject: x\r\n\r\nx\r\n'))).code).toBe(250)
  })
})

test('a next hop that refuses in the middle of a mail is heard when all of it has come', async () => {
  sink.script = { duringData: { afterBytes: 100_000, answer: '552 5.3.4 enough' } }
  const client = await begin(...usual)
  const mail = Buffer.from(`Subject: x\r\n\r\n${'0123456789\r\n'.repeat(300_000)}`)
  expect(await client.data(mail)).toEqual({ code: 552, lines: ['5.3.4 enough'] })
  sink.script = {}
  for (const command of usual) expect((await client.say(command)).code).toBe(250)
  expect((await client.data(Buffer.from('Subject: x\r\n\r\nx\r\n'))).code).toBe(250)
  expect(sink.mails).toHaveLength(1)
})

test('what a client knows of the commands that need no mail', async () => {
  const client = await begin()
  expect((await client.say('VRFY anna')).code).toBe(252)
  expect((await client.say('HELP')).code).toBe(214)
  expect((await client.say('DATA now')).code).toBe(501)
  expect((await client.say('EHLO')).code).toBe(501)
  expect((await client.say('EHLO a b')).code).toBe(501)
  expect((await client.say('EXPN staff')).code).toBe(500)
  expect((await client.say('constructor')).code).toBe(500)
  expect((await client.say('AUTH PLAIN')).code).toBeGreaterThanOrEqual(500)
})
