import { afterEach, describe, expect, it } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { hasServer } from '../support/servers.ts'
import type { TestMailbox, TestPerson } from '../support/people.ts'
import { baseDn, ldifEntry, testDn } from '../support/slapd-content.ts'
import { startSlapd, type Slapd } from '../support/slapd.ts'
import { expectAway } from './expect-away.ts'

const anna: TestPerson = { id: 'anna', name: 'Anna', addresses: ['anna@example.org'], password: 'rätt' }

interface Content {
  people?: TestPerson[]
  mailboxes?: TestMailbox[]
  entries?: string[]
  configuration?: string
  settings?: Parameters<Slapd['settings']>[0]
}

describe.skipIf(!hasServer('slapd'))('entries of an LDAP directory', () => {
  let slapd: Slapd | undefined
  afterEach(() => slapd?.stop())

  async function open(content: Content) {
    const { settings, people = [anna], ...rest } = content
    slapd = await startSlapd({ people, ...rest })
    const notices: string[] = []
    return { directory: openLdapDirectory(slapd.settings(settings), notice => notices.push(notice)), notices }
  }

  it('let nobody log in where two have the same login, and the admin is told of both', async () => {
    const other = `uid=anna,ou=groups,${baseDn}`
    const entries = [person(other, { uid: ['ANNA'], userPassword: ['rätt'] })]
    const { directory, notices } = await open({ entries, settings: { peopleBase: baseDn } })
    expect(await directory.authenticate('anna', 'rätt')).toBeNull()
    expect(notices).toEqual([expect.stringContaining(other)])
    expect(notices[0]).toContain(testDn('anna'))
    expect(await directory.findById('anna')).toBeNull()
  })

  it('are logged in to by each of the login attributes, and get the id from the first', async () => {
    const { directory } = await open({ settings: { loginAttributes: ['uid', 'mail'] } })
    expect(await directory.authenticate('Anna@example.org', 'rätt')).toMatchObject({ id: 'anna' })
    expect(await directory.findById('anna')).toMatchObject({ id: 'anna' })
    expect(await directory.findById('anna@example.org')).toBeNull()
  })

  it('with several ids always get the same one', async () => {
    const entries = [person(`uid=berit,ou=people,${baseDn}`, { uid: ['berit', 'b-ek'], userPassword: ['rätt'] })]
    const { directory } = await open({ entries })
    expect(await directory.authenticate('berit', 'rätt')).toMatchObject({ id: 'b-ek' })
    expect(await directory.authenticate('b-ek', 'rätt')).toMatchObject({ id: 'b-ek' })
    expect(await directory.findById('berit')).toBeNull()
  })

  it('without what the admin’s filter asks for are no accounts', async () => {
    const { directory } = await open({ settings: { peopleFilter: '(|(employeeType=staff)(employeeType=boss))' } })
    expect(await directory.authenticate('anna', 'rätt')).toBeNull()
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set())
  })

  it('without an id are no accounts', async () => {
    const entries = [person(`cn=nobody,ou=people,${baseDn}`, { cn: ['nobody'], mail: ['nobody@example.org'] })]
    const { directory } = await open({ entries })
    expect(await directory.findLocals(['nobody@example.org', 'anna@example.org'])).toEqual(
      new Set(['anna@example.org']),
    )
  })

  it('may have no address and no name', async () => {
    const { directory } = await open({
      people: [{ ...anna, addresses: [] }],
      settings: { nameAttribute: 'displayName' },
    })
    const nothing = { id: 'anna', name: 'anna', addresses: [], mailboxes: [] }
    expect(await directory.authenticate('anna', 'rätt')).toEqual(nothing)
  })

  it('give the addresses among their proxyAddresses, the primary one first', async () => {
    const all = ['smtp:Old@example.org', 'X500:/o=Example/cn=berit@example.org', 'sip:berit@example.org']
    const proxyAddresses = [...all, 'SMTP:Berit@example.org', 'smtp:berit.ek@example.org']
    const entries = [
      person(`uid=berit,ou=people,${baseDn}`, { uid: ['berit'], userPassword: ['rätt'], proxyAddresses }),
    ]
    const { directory } = await open({ entries, settings: { addressAttributes: ['PROXYADDRESSES', 'mail'] } })
    const account = await directory.authenticate('berit', 'rätt')
    expect(account?.addresses[0]).toBe('berit@example.org')
    expect(account?.addresses.toSorted()).toEqual(['berit.ek@example.org', 'berit@example.org', 'old@example.org'])
    const locals = ['OLD@example.org', 'berit@EXAMPLE.org', 'anna@example.org']
    expect(await directory.findLocals(locals)).toEqual(new Set(locals))
    const others = ['smtp:old@example.org', 'sip:berit@example.org', 'x500:/o=example/cn=berit@example.org']
    expect(await directory.findLocals(others)).toEqual(new Set())
  })

  it('that point to other servers are passed over', async () => {
    const elsewhere = { objectClass: ['referral', 'extensibleObject'], ref: ['ldap://192.0.2.1/dc=example,dc=org'] }
    const entries = [ldifEntry(`cn=elsewhere,ou=people,${baseDn}`, { ...elsewhere, cn: ['elsewhere'] })]
    const { directory } = await open({ entries })
    expect(await directory.authenticate('anna', 'rätt')).toMatchObject({ id: 'anna' })
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set(['anna@example.org']))
  })

  it('have no mailboxes where the settings name no groups', async () => {
    const mailboxes = [{ address: 'info@example.org', members: ['anna'] }]
    const { directory } = await open({ mailboxes, settings: { groupsBase: undefined } })
    expect(await directory.authenticate('anna', 'rätt')).toMatchObject({ mailboxes: [] })
    expect(await directory.findLocals(['info@example.org'])).toEqual(new Set())
  })

  it('in hundreds of groups have them all, through each other too', async () => {
    const first = Array.from({ length: 300 }, (_, index) => group(index, 'anna'))
    const above = Array.from({ length: 300 }, (_, index) => group(300 + index, `group${index}@example.org`))
    const { directory, notices } = await open({ mailboxes: [...first, ...above] })
    expect((await directory.findById('anna'))?.mailboxes).toHaveLength(600)
    expect(notices).toEqual([])
  })

  it('in more groups than a server names at once have some of them, and the admin is told', async () => {
    const mailboxes = Array.from({ length: 600 }, (_, index) => group(index, 'anna'))
    const { directory, notices } = await open({ mailboxes })
    expect((await directory.findById('anna'))?.mailboxes).toHaveLength(500)
    expect(notices).toEqual([expect.stringContaining('anna')])
  })

  it('in a thousand groups have them; of more the rest is left out, and the admin is told', async () => {
    const levels = ['anna', 'group0@example.org', 'group400@example.org']
    const mailboxes = levels.flatMap((member, level) =>
      Array.from({ length: 400 }, (_, index) => group(level * 400 + index, member)),
    )
    const { directory, notices } = await open({ mailboxes })
    expect((await directory.findById('anna'))?.mailboxes).toHaveLength(1000)
    expect(notices).toEqual([expect.stringContaining('anna')])
  })

  it('that do not show whether they are disabled are not in use, where Active Directory is what was asked for', async () => {
    slapd = await startSlapd({ people: [anna] })
    const notices: string[] = []
    const settings = { ...slapd.settings(), kind: 'activeDirectory' as const }
    const directory = openLdapDirectory(settings, notice => notices.push(notice))
    expect(await directory.authenticate('anna', 'rätt')).toBeNull()
    expect(notices).toEqual([expect.stringContaining('may not read its userAccountControl')])
    expect(await directory.findById('anna')).toBeNull()
    expect(await directory.findLocals(['anna@example.org'])).toEqual(new Set())
  })

  it('that may not log in now are refused: locked, expired, or without a password', async () => {
    const content = refusing([8, 19, 32, 48, 50, 53])
    const entries = [...(content.entries ?? []), person(testDn('none'), { uid: ['none'] })]
    const { directory, notices } = await open({ ...content, entries })
    for (const id of ['code8', 'code19', 'code32', 'code48', 'code50', 'code53', 'none']) {
      expect(await directory.authenticate(id, 'rätt'), id).toBeNull()
    }
    expect(notices).toContainEqual(expect.stringContaining(`uid=code53,${refusingBase}`))
    expect(await directory.authenticate('anna', 'rätt')).toMatchObject({ id: 'anna' })
  })

  it.each([1, 13, 51, 52, 80])('whose login the server answers with error %i are not wrong: it is away', async code => {
    const { directory } = await open(refusing([code]))
    expect(await expectAway(directory.authenticate(`code${code}`, 'rätt'))).toContain('not now')
  })
})

function group(index: number, member: string): TestMailbox {
  return { address: `group${index}@example.org`, members: [member] }
}

/** slapo-retcode: whoever is below this entry and logs in gets the result that is configured for them. */
const refusingBase = `ou=refusing,${baseDn}`

/** People `code53` and so on, whose login ends with that result. */
function refusing(codes: number[]): Content {
  const container = ldifEntry(refusingBase, { objectClass: ['organizationalUnit'], ou: ['refusing'] })
  const people = codes.map(code =>
    person(`uid=code${code},${refusingBase}`, { uid: [`code${code}`], userPassword: ['rätt'] }),
  )
  const items = codes.map(code => `retcode-item "uid=code${code}" ${code} op=bind text="not now"`)
  const configuration = ['moduleload retcode', 'overlay retcode', `retcode-parent "${refusingBase}"`, ...items, '']
  return {
    entries: [container, ...people],
    configuration: configuration.join('\n'),
    settings: { peopleBase: baseDn },
  }
}

function person(dn: string, attributes: Record<string, string[]>, classes: string[] = []): string {
  const objectClass = ['inetOrgPerson', 'extensibleObject', ...classes]
  return ldifEntry(dn, { objectClass, sn: ['Ek'], ...(attributes['cn'] ? {} : { cn: ['Berit Ek'] }), ...attributes })
}
