import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { NextHop } from '#next-hop/next-hop.ts'
import type { SmtpSettings } from '#next-hop/smtp-next-hop.ts'
import { makeCertificates, makeSelfSigned, type Certificates } from '../support/certificates.ts'
import { startScriptedSmtpServer, type Script, type ScriptedSmtpServer } from '../support/scripted-smtp-server.ts'
import { sendOne, smtpTo } from './support.ts'

let folder: string
/** For localhost and 127.0.0.1. */
let right: Certificates
/** Of the same kind, for another name, by an authority of its own. */
let other: Certificates
/** By an authority that is known, for the right name, but of the past. */
let expired: Certificates
/** Its own authority. */
let selfSigned: { certificate: string; key: string }
let server: ScriptedSmtpServer
let hop: NextHop

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-test-certificates-'))
  right = await makeCertificates(join(folder, 'right'), ['localhost', '127.0.0.1'])
  other = await makeCertificates(join(folder, 'other'), ['elsewhere.example'])
  expired = await makeCertificates(join(folder, 'expired'), ['localhost'], -1)
  selfSigned = await makeSelfSigned(folder, 'localhost')
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  await hop.close()
  await server.stop()
})

async function start(script: Script, settings: Partial<SmtpSettings>) {
  server = await startScriptedSmtpServer(script)
  hop = smtpTo(server.port, settings)
}
/** Whether the mail went encrypted, or why it did not go. */
async function deliver(): Promise<boolean | string> {
  try {
    const session = await hop.open()
    expect(await sendOne(session, 'x\r\n')).toMatchObject({ code: 250 })
    session.release()
    return server.mails.at(-1)!.encrypted
  } catch (error) {
    expect(error).toMatchObject({ code: 'NEXT_HOP_AWAY' })
    return String((error as Error).cause)
  }
}

/** Somebody on the line, who makes of STARTTLS in the server's answers a word that nobody knows. */
async function startStrippingProxy(serverPort: number) {
  const sockets: Socket[] = []
  const proxy = createServer(client => {
    const upstream = connect(serverPort, '127.0.0.1')
    for (const socket of [client, upstream]) sockets.push(socket.on('error', () => undefined))
    client.pipe(upstream)
    upstream.on('data', bytes => client.write(bytes.toString('latin1').replaceAll('STARTTLS', 'XSTRIPED'), 'latin1'))
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const stop = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => proxy.close(resolve))
  }
  return { port: (proxy.address() as AddressInfo).port, stop }
}

describe('STARTTLS', () => {
  test.each([
    ['none', false],
    ['opportunistic', true],
    ['required', true],
    ['verified', 'certificate'],
  ] as const)('%s, with a certificate of an unknown authority: %s', async (tls, result) => {
    await start({ tls: other }, { tls })
    expect(await deliver()).toEqual(typeof result === 'string' ? expect.stringContaining(result) : result)
  })

  test.each([
    ['none', false],
    ['opportunistic', false],
    ['required', 'does not offer STARTTLS'],
    ['verified', 'does not offer STARTTLS'],
  ] as const)('%s, where it is not offered: %s', async (tls, result) => {
    await start({}, { tls })
    expect(await deliver()).toEqual(typeof result === 'string' ? expect.stringContaining(result) : result)
    expect(server.connections[0]!.commands).not.toContain('STARTTLS')
  })

  test.each([
    ['opportunistic', false],
    ['required', '454 4.7.0'],
    ['verified', '454 4.7.0'],
  ] as const)('%s, where it is offered and then refused: %s', async (tls, result) => {
    await start({ tls: right, answers: { STARTTLS: '454 4.7.0 Not now' } }, { tls })
    expect(await deliver()).toEqual(typeof result === 'string' ? expect.stringContaining(result) : result)
  })

  test.each([
    ['opportunistic', false],
    ['required', 'NEXT_HOP'],
    ['verified', 'NEXT_HOP'],
  ] as const)('%s, where the handshake fails', async (tls, result) => {
    await start({ tls: right, answers: { STARTTLS: { raw: '220 Go\r\n', then: 'close' } } }, { tls })
    const outcome = await deliver()
    if (result === false) expect(outcome).toBe(false)
    else expect(outcome).toEqual(expect.any(String))
    expect(server.connections).toHaveLength(tls === 'opportunistic' ? 2 : 1)
  })

  test('verified, with the right name and authority, is encrypted', async () => {
    await start({ tls: right }, { tls: 'verified', ca: right.ca, host: 'localhost' })
    expect(await deliver()).toBe(true)
    expect(server.connections[0]!.serverName).toBe('localhost')
  })

  test('verified, with the right address and authority, is encrypted', async () => {
    await start({ tls: right }, { tls: 'verified', ca: right.ca })
    expect(await deliver()).toBe(true)
  })

  test('verified, with the name of somebody else, is refused', async () => {
    await start({ tls: other }, { tls: 'verified', ca: other.ca, host: 'localhost' })
    expect(await deliver()).toContain('localhost')
    expect(server.mails).toEqual([])
  })

  test.each([
    ['opportunistic', true],
    ['required', true],
    ['verified', 'certificate has expired'],
  ] as const)('%s, with a certificate that has expired: %s', async (tls, result) => {
    await start({ tls: expired }, { tls, ca: expired.ca, host: 'localhost' })
    expect(await deliver()).toEqual(typeof result === 'string' ? expect.stringContaining(result) : result)
    expect(server.mails).toHaveLength(result === true ? 1 : 0)
  })

  test.each([
    ['opportunistic', true],
    ['required', true],
    ['verified', 'self-signed certificate'],
  ] as const)('%s, with a certificate that nobody signed: %s', async (tls, result) => {
    await start({ tls: selfSigned }, { tls, host: 'localhost' })
    expect(await deliver()).toEqual(typeof result === 'string' ? expect.stringContaining(result) : result)
    expect(server.mails).toHaveLength(result === true ? 1 : 0)
  })

  test.each([
    ['opportunistic', 'goes in clear', 1],
    ['required', 'does not send', 0],
    ['verified', 'does not send', 0],
  ] as const)('%s, where somebody on the line takes STARTTLS out of the answer: %s', async (tls, _, count) => {
    server = await startScriptedSmtpServer({ tls: right })
    const stripping = await startStrippingProxy(server.port)
    hop = smtpTo(stripping.port, { tls, ca: right.ca, host: 'localhost' })
    await deliver()
    expect(server.mails.map(({ encrypted }) => encrypted)).toEqual(Array(count).fill(false))
    expect(server.connections[0]!.commands).not.toContain('STARTTLS')
    await stripping.stop()
  })

  test.each([
    ['offered and then refused', { STARTTLS: '454 4.7.0 Not now' }, 'it refused STARTTLS: 454 4.7.0 Not now'],
    ['begun and then lost', { STARTTLS: { raw: '220 Go\r\n', then: 'close' } }, 'TLS failed. 127.0.0.1:'],
  ] as const)('opportunistic, where TLS is %s, says in the log that mail goes in clear', async (_, answers, why) => {
    server = await startScriptedSmtpServer({ tls: right, answers })
    const warnings: string[] = []
    hop = smtpTo(server.port, { tls: 'opportunistic' }, sentence => warnings.push(sentence))
    expect(await deliver()).toBe(false)
    expect(warnings).toEqual([expect.stringContaining(`Mail goes in clear to 127.0.0.1, since ${why}`)])
  })

  test('EHLO is said again, and what was said in clear is forgotten', async () => {
    const inject = '250-evil.example\r\n250 X-INJECTED'
    await start({ tls: right, answers: { STARTTLS: `220 Go\r\n${inject}` } }, { tls: 'required' })
    const session = await hop.open()
    expect(session.extensions.has('8BITMIME')).toBe(true)
    expect(session.extensions.has('X-INJECTED')).toBe(false)
    expect(session.extensions.has('STARTTLS')).toBe(false)
    expect(server.connections[0]!.commands).toEqual(['EHLO kuvert.test', 'STARTTLS', 'EHLO kuvert.test'])
    session.release()
  })
})

describe('TLS from the start', () => {
  test('is verified, and encrypted', async () => {
    await start({ tls: { ...right, implicit: true } }, { tls: 'implicit', ca: right.ca, host: 'localhost' })
    expect(await deliver()).toBe(true)
  })

  test('with an unknown authority is refused', async () => {
    await start({ tls: { ...right, implicit: true } }, { tls: 'implicit' })
    expect(await deliver()).toContain('certificate')
  })

  test('where the next hop speaks in clear, fails', async () => {
    await start({}, { tls: 'implicit', timeoutSeconds: 0.5 })
    expect(await deliver()).toEqual(expect.any(String))
  })
})

describe('AUTH', () => {
  const login = { user: 'kuvert', password: 'hemligt lösenord' }

  test.each([['PLAIN'], ['LOGIN'], ['LOGIN PLAIN'], ['CRAM-MD5 login']])(
    'logs in where %s is offered',
    async offered => {
      const mechanisms = offered.toUpperCase().split(' ')
      await start({ tls: right, login: { ...login, mechanisms } }, { tls: 'required', ...login })
      expect(await deliver()).toBe(true)
      const [auth] = server.connections[0]!.commands.filter(command => command.startsWith('AUTH'))
      expect(auth).toMatch(mechanisms.includes('PLAIN') ? /^AUTH PLAIN ./ : /^AUTH LOGIN$/)
    },
  )

  test('a login that is refused means that the next hop is away, and the log hears why, without the password', async () => {
    const settings = { tls: 'required', user: 'kuvert', password: 'wrong-password' } as const
    await start({ tls: right, login: { ...login, mechanisms: ['PLAIN'] } }, settings)
    const cause = await deliver()
    expect(cause).toContain('535')
    expect(cause).toContain('login of kuvert')
    expect(cause).not.toContain(Buffer.from('\0kuvert\0wrong-password').toString('base64'))
  })

  test('a next hop that hangs at the password does not bring the password into the log', async () => {
    const answers: Script['answers'] = { AUTH: { then: 'hang' } }
    const mechanisms = ['LOGIN']
    await start(
      { tls: right, login: { ...login, mechanisms }, answers },
      { tls: 'required', ...login, timeoutSeconds: 0.5 },
    )
    const cause = await deliver()
    expect(cause).toContain('No answer to AUTH')
    expect(cause).not.toContain(Buffer.from(login.password).toString('base64'))
    expect(cause).not.toContain(Buffer.from(login.user).toString('base64'))
  })

  test('a login that cannot be done is not left out', async () => {
    await start({ tls: right, login: { ...login, mechanisms: ['CRAM-MD5'] } }, { tls: 'required', ...login })
    expect(await deliver()).toContain('CRAM-MD5')
    expect(server.mails).toEqual([])
  })

  test('on loopback, a password may go in clear', async () => {
    await start({ login: { ...login, mechanisms: ['PLAIN'] } }, { tls: 'none', ...login })
    expect(await deliver()).toBe(false)
  })

  const ownAddress = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(address => address.family === 'IPv4' && !address.internal)?.address

  test.skipIf(!ownAddress)('elsewhere, a password never goes in clear', async () => {
    const settings = { tls: 'opportunistic', host: ownAddress!, ...login } as const
    await start({ login: { ...login, mechanisms: ['PLAIN'] }, address: ownAddress! }, settings)
    expect(await deliver()).toContain('not encrypted')
    expect(server.connections[0]!.commands).toEqual(['EHLO kuvert.test'])
  })
})
