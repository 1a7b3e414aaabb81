import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { hasServer } from '../support/servers.ts'
import { startSlapd, type Slapd } from '../support/slapd.ts'
import { contractMailboxes, contractPeople } from './contract-people.ts'
import { expectAway } from './expect-away.ts'
import { recordingProxy } from './recording-proxy.ts'

const password = 'anna har två katter'

describe.skipIf(!hasServer('slapd'))('an LDAP server that is away', () => {
  let slapd: Slapd
  beforeEach(async () => {
    slapd = await startSlapd({ people: contractPeople, mailboxes: contractMailboxes })
  })
  afterEach(() => slapd.stop())

  it('is away for every question, and no answer of it is made up', async () => {
    const directory = openLdapDirectory(slapd.settings())
    await slapd.kill()
    expect(await expectAway(directory.authenticate('anna', password))).toContain('ECONNREFUSED')
    expect(await expectAway(directory.authenticate('anna', 'wrong'))).toContain(`ldaps://localhost:${slapd.securePort}`)
    await expectAway(directory.findById('anna'))
    await expectAway(directory.findLocals(['anna@example.org']))
    await expectAway(directory.search('anna', 10))
    await expectAway(directory.check())
  })

  it('says that an empty password is wrong all the same', async () => {
    const directory = openLdapDirectory(slapd.settings())
    await slapd.kill()
    expect(await directory.authenticate('anna', '')).toBeNull()
  })

  it.each(['ldaps', 'STARTTLS', 'clear'])(
    'is away when it hangs (%s), and back when it answers again; the admin hears of both once',
    async way => {
      const plain = { urls: [`ldap://localhost:${slapd.plainPort}`], startTls: way !== 'clear' }
      const settings = slapd.settings({ timeoutSeconds: 1, ...(way === 'ldaps' ? {} : plain) })
      const notices: string[] = []
      const directory = openLdapDirectory(settings, notice => notices.push(notice))
      slapd.pause()
      await expectAway(directory.authenticate('anna', password))
      await expectAway(directory.check())
      expect(notices).toEqual([expect.stringContaining('cannot be asked')])
      slapd.resume()
      expect(await directory.authenticate('anna', password)).toMatchObject({ id: 'anna' })
      expect(notices).toEqual([expect.anything(), expect.stringContaining('answers again')])
    },
  )

  it('leaves the question to the next one, and the admin hears of it once', async () => {
    const notices: string[] = []
    const [dead, alive] = [`ldaps://localhost:${await deadPort()}`, `ldaps://localhost:${slapd.securePort}`]
    const directory = openLdapDirectory(slapd.settings({ urls: [dead, alive] }), notice => notices.push(notice))
    expect(await directory.authenticate('anna', password)).toMatchObject({ id: 'anna' })
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set(['anna@example.org']))
    expect(notices).toEqual([expect.stringContaining(dead)])
  })

  it.each(['hangs', 'has a wrong certificate'])('leaves the question to the next one when it %s', async trouble => {
    const other = await startSlapd({ people: contractPeople })
    try {
      if (trouble === 'hangs') other.pause()
      const urls = [`ldaps://localhost:${other.securePort}`, `ldaps://localhost:${slapd.securePort}`]
      const directory = openLdapDirectory(slapd.settings({ urls, timeoutSeconds: 1 }))
      expect(await directory.authenticate('anna', password)).toMatchObject({ id: 'anna' })
    } finally {
      await other.stop()
    }
  })

  it('is asked last for a while, so that not every question waits for it', async () => {
    const silent = await recordingProxy(await deadPort())
    try {
      const urls = [`ldaps://localhost:${silent.port}`, `ldaps://localhost:${slapd.securePort}`]
      const directory = openLdapDirectory(slapd.settings({ urls }))
      for (let times = 0; times < 3; times++) await directory.findById('anna')
      expect(silent.connections()).toBe(1)
      // But it is not forgotten: with the other one gone, it is asked again.
      await slapd.kill()
      await expectAway(directory.findById('anna'))
      expect(silent.connections()).toBe(2)
    } finally {
      await silent.close()
    }
  })

  it('is not what "wrong" means: no second server is asked for another opinion', async () => {
    const [first, second] = await Promise.all([recordingProxy(slapd.securePort), recordingProxy(slapd.securePort)])
    try {
      const urls = [`ldaps://localhost:${first.port}`, `ldaps://localhost:${second.port}`]
      const directory = openLdapDirectory(slapd.settings({ urls }))
      expect(await directory.authenticate('anna', 'wrong')).toBeNull()
      expect(await directory.authenticate('nobody', 'wrong')).toBeNull()
      expect([first.connections(), second.connections()]).toEqual([4, 0])
    } finally {
      await first.close()
      await second.close()
    }
  })

  it('names every server and what is wrong with it in the cause', async () => {
    const [one, two] = [`ldaps://localhost:${await deadPort()}`, `ldap://localhost:${await deadPort()}`]
    const cause = await expectAway(openLdapDirectory(slapd.settings({ urls: [one, two] })).check())
    expect(cause).toContain(one)
    expect(cause).toContain(two)
  })
})

describe.skipIf(!hasServer('slapd'))('an LDAP server that is not asked as it should be', () => {
  let slapd: Slapd
  beforeEach(async () => {
    slapd = await startSlapd({ people: contractPeople })
  })
  afterEach(() => slapd.stop())

  it('is away when the searcher’s password is wrong, and the cause says whose', async () => {
    const directory = openLdapDirectory(slapd.settings({ bindPassword: 'not this one' }))
    const cause = await expectAway(directory.authenticate('anna', password))
    expect(cause).toContain('cn=searcher,dc=example,dc=org')
    expect(cause).toContain('bindPassword is wrong')
    expect(cause).not.toContain('not this one')
    await expectAway(directory.check())
  })

  it.each([{ peopleBase: 'ou=nowhere,dc=example,dc=org' }, { groupsBase: 'ou=nowhere,dc=example,dc=org' }])(
    'fails the check when a base does not exist: %j',
    async changes => {
      const cause = await expectAway(openLdapDirectory(slapd.settings(changes)).check())
      expect(cause).toContain('ou=nowhere,dc=example,dc=org cannot be searched')
    },
  )

  it('is away when the file with its authority is missing', async () => {
    const directory = openLdapDirectory(slapd.settings({ ca: '/nowhere/ca.pem' }))
    expect(await expectAway(directory.check())).toContain('/nowhere/ca.pem')
  })

  it.each(['peopleFilter', 'groupsFilter'] as const)('is not opened with a malformed %s', name => {
    expect(() => openLdapDirectory(slapd.settings({ [name]: '(uid=*))' }))).toThrow(name)
  })
})

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  return port
}
