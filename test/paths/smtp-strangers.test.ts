import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

let folder: string
let kuvert: TestKuvert
let behindBalancer: TestKuvert
const open: SmtpClient[] = []
const sockets: Socket[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-strangers-'))
  const { certificate, key } = await makeCertificates(join(folder, 'certificates'), ['localhost', '127.0.0.1'])
  const address = '127.0.0.1'
  kuvert = await startTestKuvert(
    {
      gateway: {
        listeners: [
          { address, port: 0, tls: 'starttls' },
          { address, port: 0, tls: 'implicit' },
        ],
        tls: { certificate, key },
        trustedNetworks: [],
        limits: { connectionsPerAddress: 5 },
      },
    },
    ['gateway'],
  )
  behindBalancer = await startTestKuvert(
    {
      gateway: {
        listeners: [{ address, port: 0, tls: 'none', proxyFrom: ['127.0.0.0/8'] }],
        // A balancer that stands among those that are trusted.
        trustedNetworks: ['127.0.0.0/8', '192.0.2.0/24'],
      },
    },
    ['gateway'],
  )
})
afterEach(() => {
  for (const client of open.splice(0)) client.close()
  for (const socket of sockets.splice(0)) socket.destroy()
})
afterAll(async () => {
  await Promise.all([kuvert.close(), behindBalancer.close()])
  await rm(folder, { recursive: true, force: true })
})

async function connectSecurely(): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  await client.startTls()
  await client.say('EHLO client.test')
  return client
}

const plain = (...words: string[]) => `AUTH PLAIN ${Buffer.from(words.join('\0')).toString('base64')}`

describe('a login', () => {
  test('in the middle of a mail is refused: the sender would not be held to the account', async () => {
    const client = await connectSecurely()
    expect((await client.say(plain('', 'anna', 'anna-ord'))).code).toBe(235)
    expect((await client.say('MAIL FROM:<anna@kommun.example>')).code).toBe(250)
    expect((await client.say(plain('', 'bertil', 'bertil-ord'))).code).toBe(503)
    expect((await client.say('RCPT TO:<b@example.net>')).code).toBe(250)
  })

  test('on behalf of somebody else is refused', async () => {
    const client = await connectSecurely()
    expect((await client.say(plain('bertil', 'anna', 'anna-ord'))).code).toBe(535)
    expect((await client.say('MAIL FROM:<anna@kommun.example>')).code).toBe(530)
    expect((await client.say(plain('anna', 'anna', 'anna-ord'))).code).toBe(235)
  })

  test('lasts over RSET and EHLO, and a failed one gives nothing', async () => {
    const client = await connectSecurely()
    for (const command of [plain('', 'anna', 'wrong'), 'RSET', 'EHLO again.test']) await client.say(command)
    expect((await client.say('MAIL FROM:<>')).code).toBe(530)
    for (const command of [plain('', 'anna', 'anna-ord'), 'RSET', 'EHLO again.test']) await client.say(command)
    expect((await client.say('MAIL FROM:<>')).code).toBe(250)
  })
})

describe('a stranger', () => {
  test.each(['NOOP', 'MAIL FROM:<a@example.org>', 'RSET', 'nonsense', 'HELP'])(
    'that floods us with %s is told to leave, and written of no more',
    async command => {
      const { client } = await connectSmtp(kuvert.smtpPort)
      open.push(client)
      await client.say('EHLO client.test')
      const before = kuvert.logged.length
      await client.write(`${command}\r\n`.repeat(100_000))
      const codes = new Set<number>()
      for (let last = 0; last !== 421; codes.add(last)) last = (await client.read()).code
      await expect(client.read()).rejects.toThrow()
      expect(kuvert.logged.length - before).toBeLessThan(200)
    },
  )

  test('holds no more half-open TLS connections than it may have connections', async () => {
    const port = kuvert.ports[1]!
    for (let count = 0; count < 12; count++) {
      const socket = connectTcp(port, '127.0.0.1').on('error', () => undefined)
      sockets.push(socket)
      await once(socket, 'connect')
    }
    await expect.poll(() => sockets.filter(socket => !socket.closed).length).toBe(5)
    // Those who leave make room.
    for (const socket of sockets.splice(0)) socket.destroy()
    const greeting = async () => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      sockets.push(socket)
      return Promise.race([once(socket, 'data').then(([data]) => String(data).slice(0, 3)), once(socket, 'close')])
    }
    await expect.poll(greeting).toBe('220')
  })

  test('that is one too many is not kept open', async () => {
    for (let count = 0; count < 5; count++) open.push((await connectSmtp(kuvert.smtpPort)).client)
    const socket = connectTcp({ port: kuvert.smtpPort, host: '127.0.0.1', allowHalfOpen: true })
    sockets.push(socket)
    const [reply] = (await once(socket, 'data')) as [Buffer]
    expect(reply.toString()).toMatch(/^421 4\.7\.0 Too many connections/)
    await once(socket, 'end')
    // Its own end is not waited for: what it says now is answered with a reset.
    socket.on('error', () => undefined)
    const knock = () => (socket.destroyed ? true : !socket.write('NOOP\r\n'))
    await expect.poll(knock).toBe(true)
  })
})

describe('behind a balancer of a network', () => {
  async function say(first: string): Promise<number> {
    const socket = connectTcp(behindBalancer.smtpPort, '127.0.0.1')
    sockets.push(socket)
    let said = ''
    socket.on('data', chunk => (said += String(chunk)))
    socket.write(first)
    await expect.poll(() => said).toMatch(/\r\n$/)
    if (!said.startsWith('220')) return Number(said.slice(0, 3))
    said = ''
    socket.write('EHLO x\r\nMAIL FROM:<a@example.org>\r\n')
    await expect.poll(() => said).toMatch(/^(?!250)\d\d\d .*\r\n$|^250 .*\r\n[^]*\r\n$/m)
    return Number(said.trim().split('\r\n').at(-1)!.slice(0, 3))
  }

  test.each([
    ['one who is trusted may send', 'PROXY TCP4 192.0.2.7 127.0.0.1 1000 25\r\n', 250],
    ['one who is not may not', 'PROXY TCP4 198.51.100.7 127.0.0.1 1000 25\r\n', 554],
    ['one who is not may not, written as IPv6', 'PROXY TCP6 2001:db8::1 ::1 1000 25\r\n', 554],
    ['one without a name may not, wherever the balancer stands', 'PROXY UNKNOWN\r\n', 554],
  ])('%s', async (_, line, code) => {
    expect(await say(line)).toBe(code)
  })

  test('one who talks before the greeting is told to leave', async () => {
    expect(await say('PROXY TCP4 192.0.2.7 127.0.0.1 1000 25\r\nEHLO x\r\n')).toBe(421)
  })

  test.each([
    ['no PROXY line', 'EHLO x\r\n'],
    ['one without an address', 'PROXY TCP4 nobody 127.0.0.1 1000 25\r\n'],
    ['one that does not end', `PROXY ${'x'.repeat(200)}`],
  ])('%s is not answered', async (_, said) => {
    const socket = connectTcp(behindBalancer.smtpPort, '127.0.0.1')
    sockets.push(socket)
    const answers: Buffer[] = []
    socket.on('data', chunk => answers.push(chunk)).on('error', () => undefined)
    socket.write(said)
    await once(socket, 'close')
    expect(answers).toEqual([])
  })
})
