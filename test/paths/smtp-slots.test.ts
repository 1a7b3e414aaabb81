import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { makeCertificates } from '../support/certificates.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { connectSmtp, type SmtpClient } from '../support/smtp-client.ts'

/** Behind a balancer, so that clients come from wherever a test says. */
let kuvert: TestKuvert
let folder: string
const open: SmtpClient[] = []
const strangerSeconds = 120
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-slots-'))
  const { certificate, key } = await makeCertificates(join(folder, 'certificates'), ['localhost', '127.0.0.1'])
  kuvert = await startTestKuvert(
    {
      gateway: {
        listeners: [{ address: '127.0.0.1', port: 0, proxyFrom: ['127.0.0.0/8'] }],
        tls: { certificate, key },
        trustedNetworks: ['192.0.2.0/24'],
        limits: { connections: 4, strangerIdleSeconds: 2, strangerSeconds },
      },
    },
    ['gateway'],
  )
})
afterEach(async () => {
  vi.useRealTimers()
  for (const client of open.splice(0)) client.close()
  await expect.poll(() => greetingOf(stranger)).toBe(220)
})
afterAll(async () => {
  await kuvert.close()
  await rm(folder, { recursive: true, force: true })
})

const stranger = '198.51.100.7'
const trusted = '192.0.2.7'

async function connect(address: string) {
  const connected = await connectSmtp(kuvert.smtpPort, `PROXY TCP4 ${address} 127.0.0.1 1000 25\r\n`)
  open.push(connected.client)
  return connected
}

/** Of a connection that is closed again. */
async function greetingOf(address: string): Promise<number> {
  const { client, greeting } = await connect(address)
  client.close()
  return greeting.code
}

async function logIn(client: SmtpClient): Promise<void> {
  await client.say('EHLO client.test')
  await client.startTls()
  await client.say('EHLO client.test')
  const words = Buffer.from('\0anna\0anna-ord').toString('base64')
  expect((await client.say(`AUTH PLAIN ${words}`)).code).toBe(235)
}

test('strangers hold half of the places, and a login gives one back', async () => {
  const first = await connect('198.51.100.1')
  const second = await connect('198.51.100.2')
  expect([first.greeting.code, second.greeting.code]).toEqual([220, 220])
  expect(await greetingOf('198.51.100.3')).toBe(421)
  await logIn(first.client)
  expect((await connect('198.51.100.3')).greeting.code).toBe(220)
  expect(await greetingOf('198.51.100.4')).toBe(421)
  await logIn(second.client)
  // Now four places are taken, two of them by those who have logged in.
  expect((await connect('198.51.100.4')).greeting.code).toBe(220)
  expect(await greetingOf('198.51.100.5')).toBe(421)
})

test('clients of trusted networks are counted apart', async () => {
  for (const address of ['198.51.100.1', '198.51.100.2']) await logIn((await connect(address)).client)
  for (const address of ['198.51.100.3', '198.51.100.4']) await connect(address)
  const codes: number[] = []
  for (const host of [1, 2, 3, 4, 5]) codes.push((await connect(`192.0.2.${host}`)).greeting.code)
  expect(codes).toEqual([220, 220, 220, 220, 421])
})

test('a stranger who says nothing is told to leave before others are', async () => {
  const { client: known } = await connect('198.51.100.1')
  await logIn(known)
  const { client: mta } = await connect(trusted)
  const { client } = await connect(stranger)
  expect(await client.read()).toEqual({ code: 421, lines: ['4.4.2 Nothing has been received for too long.'] })
  expect((await known.say('NOOP')).code).toBe(250)
  expect((await mta.say('NOOP')).code).toBe(250)
})

test('a stranger who talks on is told to leave as well, unless there comes a login', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { client: known } = await connect('198.51.100.1')
  await logIn(known)
  const { client: mta } = await connect(trusted)
  const { client } = await connect(stranger)
  vi.advanceTimersByTime(strangerSeconds * 1000 - 1)
  expect((await client.say('NOOP')).code).toBe(250)
  vi.advanceTimersByTime(1)
  expect(await client.read()).toEqual({ code: 421, lines: ['4.7.0 Too much time has passed without a login.'] })
  await expect(client.read()).rejects.toThrow()
  expect((await known.say('NOOP')).code).toBe(250)
  expect((await mta.say('NOOP')).code).toBe(250)
})
