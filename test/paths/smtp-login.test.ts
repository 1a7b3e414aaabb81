import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTls } from 'node:tls'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

let folder: string
let kuvert: TestKuvert
const open: SmtpClient[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-login-'))
  const tls = await makeCertificates(join(folder, 'certificates'), ['localhost', '127.0.0.1'])
  const listeners = [
    { address: '127.0.0.1', port: 0, tls: 'starttls' as const },
    { address: '127.0.0.1', port: 0, tls: 'implicit' as const },
  ]
  kuvert = await startTestKuvert(
    {
      gateway: {
        listeners,
        tls: { certificate: tls.certificate, key: tls.key },
        trustedNetworks: [],
        sendAsMailboxes: ['registrator@*', 'bertil@kommun.example'],
        limits: { recipients: 2, failedLogins: 3, mailBytes: 10_000 },
      },
    },
    ['gateway'],
  )
})
afterEach(() => {
  for (const client of open.splice(0)) client.close()
})
afterAll(async () => {
  await kuvert.close()
  await rm(folder, { recursive: true, force: true })
})

async function connect(): Promise<SmtpClient> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  await client.say('EHLO client.test')
  return client
}

async function connectSecurely(): Promise<SmtpClient> {
  const client = await connect()
  await client.startTls()
  await client.say('EHLO client.test')
  return client
}

const plain = (login: string, password: string) =>
  `AUTH PLAIN ${Buffer.from(`\0${login}\0${password}`).toString('base64')}`

test('EHLO offers what the design names, and AUTH only under TLS', async () => {
  const { client } = await connectSmtp(kuvert.smtpPort)
  open.push(client)
  const before = (await client.say('EHLO client.test')).lines
  expect(before).toEqual(
    expect.arrayContaining([
      'PIPELINING',
      '8BITMIME',
      'SMTPUTF8',
      'DSN',
      'ENHANCEDSTATUSCODES',
      'STARTTLS',
      'SIZE 10000',
    ]),
  )
  expect(before.join(' ')).not.toContain('AUTH')
  await client.startTls()
  const after = (await client.say('EHLO client.test')).lines
  expect(after).toContain('AUTH PLAIN LOGIN')
  expect(after).not.toContain('STARTTLS')
})

test('implicit TLS greets at once', async () => {
  const port = kuvert.ports[1]!
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  expect(greeting.toString()).toMatch(/^220 kuvert\.test ESMTP/)
  socket.destroy()
})

describe('nobody relays without a login', () => {
  test('in clear', async () => {
    const client = await connect()
    expect((await client.say(plain('anna', 'anna-ord'))).code).toBeGreaterThanOrEqual(500)
    expect((await client.say('MAIL FROM:<anna@kommun.example>')).code).toBe(530)
    expect((await client.say('RCPT TO:<b@example.net>')).code).toBe(503)
    expect((await client.say('DATA')).code).toBe(503)
  })

  test('under TLS', async () => {
    const client = await connectSecurely()
    expect((await client.say('MAIL FROM:<anna@kommun.example>')).code).toBe(530)
  })
})

describe('a login', () => {
  test('with PLAIN and with LOGIN is accepted, and own addresses may send', async () => {
    const client = await connectSecurely()
    expect((await client.say(plain('anna', 'anna-ord'))).code).toBe(235)
    expect((await client.say('MAIL FROM:<A.Akesson@kommun.example>')).code).toBe(250)
    const other = await connectSecurely()
    expect((await other.say('AUTH LOGIN')).code).toBe(334)
    expect((await other.say(Buffer.from('bertil').toString('base64'))).code).toBe(334)
    expect((await other.say(Buffer.from('bertil-ord').toString('base64'))).code).toBe(235)
    expect((await other.say('MAIL FROM:<>')).code).toBe(250)
  })

  test('does not let one send as somebody else', async () => {
    const client = await connectSecurely()
    await client.say(plain('anna', 'anna-ord'))
    const reply = await client.say('MAIL FROM:<bertil@kommun.example>')
    expect(reply).toEqual({
      code: 553,
      lines: ['5.7.1 Not accepted: bertil@kommun.example is not an address of the account anna.'],
    })
  })

  test('lets one send as a mailbox that one belongs to only if the admin says so', async () => {
    const client = await connectSecurely()
    await client.say(plain('anna', 'anna-ord'))
    expect((await client.say('MAIL FROM:<Registrator@kommun.example>')).code).toBe(250)
    await client.say('RSET')
    expect((await client.say('MAIL FROM:<alla@kommun.example>')).code).toBe(553)
    // The setting is about mailboxes: it opens nobody's own address to others.
    expect((await client.say('MAIL FROM:<bertil@kommun.example>')).code).toBe(553)
    const other = await connectSecurely()
    await other.say(plain('bertil', 'bertil-ord'))
    expect((await other.say('MAIL FROM:<registrator@kommun.example>')).code).toBe(553)
  })

  test.each(['', ' ', 'fel'])('with the password "%s" is refused', async password => {
    const client = await connectSecurely()
    expect((await client.say(plain('anna', password))).code).toBeGreaterThanOrEqual(500)
  })

  test('is throttled after too many failures, even with the right password', async () => {
    const client = await connectSecurely()
    const codes = []
    for (const password of ['a', 'b', 'c', 'cecilia-ord'])
      codes.push((await client.say(plain('cecilia', password))).code)
    expect(codes).toEqual([535, 535, 535, 454])
  })
})

describe('limits', () => {
  test('one recipient too many is 452', async () => {
    const client = await connectSecurely()
    await client.say(plain('bertil', 'bertil-ord'))
    await client.say('MAIL FROM:<bertil@kommun.example>')
    const codes = []
    for (const name of ['a', 'b', 'c']) codes.push((await client.say(`RCPT TO:<${name}@example.net>`)).code)
    expect(codes).toEqual([250, 250, 452])
  })

  test('a mail too big is 552, whether it says so or not', async () => {
    const client = await connectSecurely()
    await client.say(plain('bertil', 'bertil-ord'))
    expect((await client.say('MAIL FROM:<bertil@kommun.example> SIZE=10001')).code).toBe(552)
    await client.say('MAIL FROM:<bertil@kommun.example>')
    await client.say('RCPT TO:<b@example.net>')
    const reply = await client.data(Buffer.from(`Subject: x\r\n\r\n${'0123456789\r\n'.repeat(2000)}`))
    expect(reply.code).toBe(552)
    expect((await client.say('NOOP')).code).toBe(250)
  })
})

test('one connection too many from an address is told so', async () => {
  const strict = await startTestKuvert({ gateway: { limits: { connectionsPerAddress: 2 } } }, ['gateway'])
  try {
    const clients = [
      await connectSmtp(strict.smtpPort),
      await connectSmtp(strict.smtpPort),
      await connectSmtp(strict.smtpPort),
    ]
    open.push(...clients.map(({ client }) => client))
    expect(clients.map(({ greeting }) => greeting.code)).toEqual([220, 220, 421])
    clients[0]!.client.close()
    const again = async () => {
      const { client, greeting } = await connectSmtp(strict.smtpPort)
      client.close()
      return greeting.code
    }
    await expect.poll(again).toBe(220)
  } finally {
    await strict.close()
  }
})

test('strangers who fail at the portal keep nobody out of SMTP', async () => {
  const tls = await makeCertificates(join(folder, 'both'), ['localhost'])
  const both = await startTestKuvert({
    gateway: {
      tls: { certificate: tls.certificate, key: tls.key },
      limits: { failedLogins: 2 },
    },
    portal: { trustProxy: ['127.0.0.0/8', '::1'] },
  })
  try {
    const atPortal = async (from: string, password: string) => {
      const headers = { origin: both.portalUrl, 'x-forwarded-for': from }
      const url = `${both.portalUrl}/l/${'x'.repeat(32)}/login`
      const body = new URLSearchParams({ login: 'anna', password })
      return (await fetch(url, { method: 'POST', redirect: 'manual', headers, body })).status
    }
    expect(await atPortal('192.0.2.1', 'anna-ord')).toBe(303)
    const answers = [await atPortal('203.0.113.1', 'a'), await atPortal('203.0.113.2', 'b')]
    expect([...answers, await atPortal('203.0.113.3', 'anna-ord')]).toEqual([403, 403, 429])
    expect(await atPortal('192.0.2.1', 'anna-ord')).toBe(303)
    const { client } = await connectSmtp(both.smtpPort)
    open.push(client)
    await client.say('EHLO client.test')
    await client.startTls()
    await client.say('EHLO client.test')
    expect((await client.say(plain('anna', 'anna-ord'))).code).toBe(235)
  } finally {
    await both.close()
  }
})
