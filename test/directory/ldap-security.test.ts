import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { makeCertificates } from '../support/certificates.ts'
import { hasServer } from '../support/servers.ts'
import { searcher } from '../support/slapd-content.ts'
import { startSlapd, type Slapd } from '../support/slapd.ts'
import { contractPeople } from './contract-people.ts'
import { expectAway } from './expect-away.ts'
import { recordingProxy, type RecordingProxy } from './recording-proxy.ts'

const password = 'anna har två katter'
/** OpenSSL's words for a chain that ends nowhere are not the same in each version. */
const untrusted = /certificate/

describe.skipIf(!hasServer('slapd'))('a password on its way to LDAP', () => {
  let slapd: Slapd
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    slapd = await startSlapd({ people: contractPeople, hosts: ['localhost'] })
  })
  afterAll(() => slapd.stop())
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })

  async function proxyTo(port: number, onAnswer?: Parameters<typeof recordingProxy>[1]): Promise<RecordingProxy> {
    const proxy = await recordingProxy(port, onAnswer)
    closers.push(proxy.close)
    return proxy
  }

  async function otherAuthority(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-authority-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    return (await makeCertificates(folder, ['localhost'])).ca
  }

  function expectNothingTold(proxy: RecordingProxy): void {
    expect(proxy.connections()).toBeGreaterThan(0)
    for (const secret of ['katter', searcher.password, searcher.dn, 'anna']) expect(proxy.said()).not.toContain(secret)
  }

  it('can be seen by the recording proxy where TLS is switched off, so that these tests can fail', async () => {
    const proxy = await proxyTo(slapd.plainPort)
    const settings = slapd.settings({ urls: [`ldap://127.0.0.1:${proxy.port}`], startTls: false })
    expect(await openLdapDirectory(settings).authenticate('anna', password)).toMatchObject({ id: 'anna' })
    expect(proxy.said()).toContain('katter')
    expect(proxy.said()).toContain(searcher.password)
  })

  it.each(['anna', 'nobody'])(
    'is tried once for %s, so that an unknown login takes as long as a wrong password',
    async login => {
      const proxy = await proxyTo(slapd.plainPort)
      const settings = slapd.settings({ urls: [`ldap://127.0.0.1:${proxy.port}`], startTls: false })
      expect(await openLdapDirectory(settings).authenticate(login, 'not-this-one')).toBeNull()
      expect(proxy.said().split('not-this-one')).toHaveLength(2)
      expect(proxy.connections()).toBe(2)
    },
  )

  it.each(['ldap', 'ldaps'] as const)('is not to be seen over %s', async scheme => {
    const proxy = await proxyTo(scheme === 'ldap' ? slapd.plainPort : slapd.securePort)
    const settings = slapd.settings({ urls: [`${scheme}://localhost:${proxy.port}`] })
    expect(await openLdapDirectory(settings).authenticate('anna', password)).toMatchObject({ id: 'anna' })
    expectNothingTold(proxy)
  })

  it.each(['ldap', 'ldaps'] as const)('is not told over %s to a server of an unknown authority', async scheme => {
    const proxy = await proxyTo(scheme === 'ldap' ? slapd.plainPort : slapd.securePort)
    const urls = [`${scheme}://localhost:${proxy.port}`]
    for (const ca of [await otherAuthority(), undefined]) {
      const directory = openLdapDirectory(slapd.settings({ urls, ca }))
      expect(await expectAway(directory.authenticate('anna', password))).toMatch(untrusted)
    }
    expectNothingTold(proxy)
  })

  it.each(['ldap', 'ldaps'] as const)('is not told over %s to a server that shows another’s name', async scheme => {
    const proxy = await proxyTo(scheme === 'ldap' ? slapd.plainPort : slapd.securePort)
    const directory = openLdapDirectory(slapd.settings({ urls: [`${scheme}://127.0.0.1:${proxy.port}`] }))
    expect(await expectAway(directory.authenticate('anna', password))).toContain('127.0.0.1')
    expectNothingTold(proxy)
  })

  it('is not told to an untrusted server even if the environment says that certificates do not matter', async () => {
    const proxy = await proxyTo(slapd.plainPort)
    const ca = await otherAuthority()
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const directory = openLdapDirectory(slapd.settings({ urls: [`ldap://localhost:${proxy.port}`], ca }))
      expect(await expectAway(directory.authenticate('anna', password))).toMatch(untrusted)
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    expectNothingTold(proxy)
  })

  it('is not told to a server that does not offer STARTTLS', async () => {
    const simple = await startSlapd({ people: contractPeople, hosts: [] })
    closers.push(simple.stop)
    const proxy = await proxyTo(simple.plainPort)
    const directory = openLdapDirectory(slapd.settings({ urls: [`ldap://localhost:${proxy.port}`] }))
    expect(await expectAway(directory.authenticate('anna', password))).toContain('STARTTLS')
    expectNothingTold(proxy)
  })

  it('is not told in clear when the line breaks after STARTTLS', async () => {
    const proxy = await proxyTo(slapd.plainPort, bytes => bytes.subarray(0, bytes.length - 1))
    const broken = createServer(socket => {
      socket.on('error', () => socket.destroy())
      // Answers as a server that agrees to STARTTLS, and is gone at the handshake.
      socket.once('data', () => {
        socket.write(startTlsAgreed)
        socket.once('data', () => socket.destroy())
      })
    })
    await once(broken.listen(0, '127.0.0.1'), 'listening')
    closers.push(async () => void (await once(broken.close(), 'close')))
    const { port } = broken.address() as AddressInfo
    const urls = [`ldap://localhost:${port}`, `ldap://localhost:${proxy.port}`]
    const directory = openLdapDirectory(slapd.settings({ urls, timeoutSeconds: 0.5 }))
    await expectAway(directory.authenticate('anna', password))
    expectNothingTold(proxy)
  })

  it('is not believed to be right because of what somebody adds in clear before TLS', async () => {
    // The server's answer to a wrong password becomes the text of a forged "success" around it.
    const forge = (bytes: Buffer, connection: number) => (connection === 2 ? Buffer.concat([bytes, forged]) : bytes)
    const proxy = await proxyTo(slapd.plainPort, forge)
    const directory = openLdapDirectory(slapd.settings({ urls: [`ldap://localhost:${proxy.port}`] }))
    const account = await directory.authenticate('anna', 'wrong').catch((error: unknown) => error)
    expect(account).not.toMatchObject({ id: 'anna' })
    expect(proxy.connections()).toBe(2)
  })
})

/** An ExtendedResponse, success, to message 2 (RFC 4511 section 4.14.2). */
const startTlsAgreed = Buffer.from('300c02010278070a010004000400', 'hex')

/**
 * The beginning of a BindResponse, success, to message 3; its text is 14 bytes long, which is how long the server's
 * own answer is.
 */
const forged = Buffer.from('301a02010361150a01000400040e', 'hex')
