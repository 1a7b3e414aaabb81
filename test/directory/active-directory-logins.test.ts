import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { makeCertificates } from '../support/certificates.ts'
import { adPerson, personDn, type Attributes } from '../support/samba-content.ts'
import { canStartSamba, startSamba, type Samba } from '../support/samba.ts'
import { baseDn } from '../support/slapd-content.ts'
import { expectAway } from './expect-away.ts'

const password = 'Räksmörgås i påse'
const disabled = { userAccountControl: '514' }
// The year 2016, as FILETIME; and the two ways in which Windows writes that there is no such day.
const expired = { accountExpires: '131000000000000000' }
const never = ['0', '9223372036854775807']
const mustChange = { pwdLastSet: '0', userAccountControl: '512' }

describe.skipIf(!canStartSamba())('an account of Active Directory', () => {
  let samba: Samba
  let notices: string[]
  beforeAll(async () => {
    samba = await startSamba([])
    await add('anna', 'Åkesson, Anna (SoF)')
  })
  afterAll(() => samba.stop())
  beforeEach(() => {
    notices = []
  })

  const add = (id: string, name = id, attributes: Attributes = {}) =>
    samba.add(personDn(name), {
      ...adPerson({ id, name, addresses: [`${id}@example.org`, `${id}.2@example.org`], password }),
      ...attributes,
    })
  const open = (changes?: Parameters<Samba['settings']>[0]) =>
    openLdapDirectory(samba.settings(changes), notice => notices.push(notice))

  it.each(['anna', 'ANNA', 'anna@ad.example.org', 'Anna@AD.example.org', 'anna@example.org'])(
    'is logged in to as %j, and always has the same id',
    async login => {
      const account = { id: 'anna', name: 'Åkesson, Anna (SoF)', mailboxes: [] }
      expect(await open().authenticate(login, password)).toEqual({
        ...account,
        addresses: ['anna@example.org', 'anna.2@example.org'],
      })
      expect(await open().authenticate(login, 'wrong')).toBeNull()
    },
  )

  it.each(['anna.2@example.org', 'Åkesson, Anna (SoF)', personDn('Åkesson, Anna (SoF)'), 'SMTP:anna@example.org'])(
    'is not logged in to as %j',
    async login => {
      expect(await open().authenticate(login, password)).toBeNull()
    },
  )

  const refused: { what: string; attributes: Attributes; code: number }[] = [
    { what: 'disabled', attributes: disabled, code: 533 },
    { what: 'expired', attributes: expired, code: 701 },
    { what: 'waiting for a new password', attributes: mustChange, code: 773 },
    { what: 'not to be used at this hour', attributes: { logonHours: [Buffer.alloc(21)] }, code: 530 },
    { what: 'bound to another computer', attributes: { userWorkstations: 'OTHER' }, code: 531 },
  ]
  it.each(refused)(
    'that is $what is refused like a wrong password, and the admin is told why',
    async ({ attributes, code }) => {
      await add(`code${code}`, `Öst ${code}`, attributes)
      expect(await open().authenticate(`code${code}`, 'wrong')).toBeNull()
      expect(notices, 'a wrong password is not the admin’s concern').toEqual([])
      expect(await open().authenticate(`code${code}`, password)).toBeNull()
      expect(notices).toEqual([expect.stringMatching(new RegExp(`^CN=Öst ${code},.* cannot log in: .*\\(${code}\\)`))])
    },
  )

  it('that is locked out is refused with the right password, and the admin is told; it remains a local', async () => {
    await add('greta')
    await samba.change(baseDn, { lockoutThreshold: '2' })
    try {
      for (const wrong of ['first', 'second']) expect(await open().authenticate('greta', wrong)).toBeNull()
      expect(await open().authenticate('greta', password)).toBeNull()
      expect(notices).toEqual([expect.stringContaining('locked out after too many wrong passwords (775)')])
      expect(await open().findById('greta')).toMatchObject({ id: 'greta' })
      expect(await open().findLocals(['greta@example.org'])).toEqual(new Set(['greta@example.org']))
    } finally {
      await samba.change(baseDn, { lockoutThreshold: '0' })
    }
  })

  it('is tried once for each wrong password, so that it is not locked out sooner than it should be', async () => {
    await add('hanna')
    await samba.change(baseDn, { lockoutThreshold: '3' })
    try {
      const directory = open({ urls: [`ldaps://${samba.address}`, `ldap://${samba.address}`] })
      for (const login of ['hanna', 'hanna@example.org']) expect(await directory.authenticate(login, 'no')).toBeNull()
      expect(await directory.authenticate('hanna', password)).toMatchObject({ id: 'hanna' })
    } finally {
      await samba.change(baseDn, { lockoutThreshold: '0' })
    }
  })

  it.each([
    { what: 'disabled', id: 'ivar', attributes: disabled },
    { what: 'expired', id: 'jan', attributes: expired },
  ])('that is $what is not found, whatever the admin’s filter finds', async ({ id, attributes }) => {
    await add(id)
    const directory = open({ peopleFilter: '(objectClass=*)' })
    const both = [`${id}@example.org`, `${id}.2@example.org`]
    expect(await directory.findById(id)).toMatchObject({ id })
    expect(await directory.findLocals(both)).toEqual(new Set(both))
    await samba.change(personDn(id), attributes)
    expect(await directory.findById(id)).toBeNull()
    expect(await directory.findLocals(both)).toEqual(new Set())
    expect(await directory.authenticate(id, password)).toBeNull()
  })

  it('that expires tomorrow or never is in use', async () => {
    const tomorrow = (BigInt(Date.now() + 86_400_000) + 11_644_473_600_000n) * 10_000n
    await add('kajsa', 'kajsa', { accountExpires: String(tomorrow) })
    for (const [index, accountExpires] of never.entries()) await add(`lisa${index}`, `lisa${index}`, { accountExpires })
    for (const id of ['kajsa', 'lisa0', 'lisa1']) expect(await open().authenticate(id, password)).toMatchObject({ id })
    const addresses = ['kajsa@example.org', 'lisa0@example.org', 'lisa1@example.org']
    expect(await open().findLocals(addresses)).toEqual(new Set(addresses))
  })

  it('is not kept out by a disabled one with the same address', async () => {
    await add('maja-old', 'Maja', { ...disabled, mail: 'maja@example.org' })
    await add('maja', 'Maja Ny')
    expect(await open().authenticate('maja@example.org', password)).toMatchObject({ id: 'maja', name: 'Maja Ny' })
    expect(notices).toEqual([])
  })

  it('that is a computer’s is none', async () => {
    expect(await open().findById('DC$')).toBeNull()
  })
})

describe.skipIf(!canStartSamba())('a domain controller', () => {
  let samba: Samba
  const anna = { id: 'anna', name: 'Anna', addresses: ['anna@example.org'], password }
  beforeAll(async () => {
    samba = await startSamba([anna])
  })
  afterAll(() => samba.stop())

  it('that takes no password in clear is a mistake of the configuration, and says so to the admin', async () => {
    const directory = openLdapDirectory(samba.settings({ urls: [`ldap://${samba.address}`], startTls: false }))
    // One after the other: of two that fail at once, nobody would wait for the second yet.
    const questions = [
      () => directory.check(),
      () => directory.authenticate('anna', password),
      () => directory.findById('anna'),
    ]
    for (const ask of questions) {
      expect(await expectAway(ask())).toContain('only takes passwords over TLS: use ldaps://, or startTls: true')
    }
  })

  it.each(['ldap', 'ldaps'])('of an unknown authority is not asked, over %s', async scheme => {
    const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-authority-'))
    try {
      const { ca } = await makeCertificates(folder, [samba.address])
      const directory = openLdapDirectory(samba.settings({ urls: [`${scheme}://${samba.address}`], ca }))
      expect(await expectAway(directory.authenticate('anna', password))).toMatch(/certificate/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says why the searcher may not log in', async () => {
    const searcher = { id: 'searcher', name: 'Searcher', addresses: [], password }
    await samba.add(personDn('Searcher'), { ...adPerson(searcher), ...mustChange })
    const settings = samba.settings({ bindDn: personDn('Searcher'), bindPassword: password })
    const cause = await expectAway(openLdapDirectory(settings).check())
    expect(cause).toContain(
      `${personDn('Searcher')} may not log in to search: its password must be changed first (773)`,
    )
    const wrong = { ...settings, bindPassword: 'wrong' }
    expect(await expectAway(openLdapDirectory(wrong).check())).toContain('bindDn or bindPassword is wrong')
  })

  it('that is away leaves the question to the next one', async () => {
    // Nobody listens on this port of Samba's own address.
    const urls = [`ldaps://${samba.address}:1`, `ldap://${samba.address}`]
    const directory = openLdapDirectory(samba.settings({ urls }))
    expect(await directory.authenticate('anna', password)).toMatchObject({ id: 'anna' })
    expect(await directory.authenticate('anna', 'wrong')).toBeNull()
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set(['anna@example.org']))
  })

  it('that hangs is away, never "wrong" or "unknown", and back when it answers', async () => {
    const directory = openLdapDirectory(samba.settings({ timeoutSeconds: 0.5 }))
    samba.pause()
    try {
      await expectAway(directory.authenticate('anna', password))
      await expectAway(directory.authenticate('anna', 'wrong'))
      await expectAway(directory.findById('nobody'))
      await expectAway(directory.findLocals(['anna@example.org']))
    } finally {
      samba.resume()
    }
    // On a busy machine an answer may take longer than half a second.
    const answer = () => directory.authenticate('anna', password)
    expect(await vi.waitFor(answer, { timeout: 30_000 })).toMatchObject({ id: 'anna' })
  })
})
