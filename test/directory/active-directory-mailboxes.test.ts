import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { addExchangeSchema } from '../support/exchange-schema.ts'
import { adGroup, adPerson, groupDn, groupsDn, personDn, type Attributes } from '../support/samba-content.ts'
import { canStartSamba, startSamba, type Samba } from '../support/samba.ts'

const people = ['anna', 'bertil', 'cissi', 'doris', 'erik', 'frida'].map(id => ({
  id,
  name: id,
  addresses: [`${id}@example.org`],
  password: `${id} har nyckeln`,
}))
const globalSecurityGroup = { groupType: '-2147483646' }

describe.skipIf(!canStartSamba())('a mailbox of Active Directory', () => {
  let samba: Samba
  beforeAll(async () => {
    samba = await startSamba(people)
    await addExchangeSchema(samba)
  })
  afterAll(() => samba.stop())

  const open = (changes?: Parameters<Samba['settings']>[0]) => openLdapDirectory(samba.settings(changes))
  const addGroup = async (name: string, addresses: string[], member: string[], attributes: Attributes = {}) => {
    await samba.add(groupDn(name), { ...adGroup(addresses), ...attributes })
    await samba.change(groupDn(name), { member })
  }
  /** As Exchange makes one: an account that is disabled, with addresses. */
  const addSharedMailbox = (id: string, attributes: Attributes) =>
    samba.add(personDn(id), {
      ...adPerson({ id, name: id, addresses: [`${id}@example.org`], password: 'ingen vet', disabled: true }),
      ...attributes,
    })
  const mailboxesOf = async (id: string, changes?: Parameters<Samba['settings']>[0]) =>
    (await open(changes).authenticate(id, `${id} har nyckeln`))?.mailboxes.toSorted()

  it('that is a group is opened by its members, by each of its addresses', async () => {
    await addGroup('Överförmyndare', ['overformyndare@example.org', 'Ofn@Example.org'], [personDn('anna')])
    const both = ['ofn@example.org', 'overformyndare@example.org']
    expect(await mailboxesOf('anna')).toEqual(both)
    expect(await open().findLocals(both)).toEqual(new Set(both))
  })

  it('is opened through groups that have no address', async () => {
    await addGroup('Handläggare, Väst', [], [personDn('bertil')], globalSecurityGroup)
    await addGroup('Handläggare', [], [groupDn('Handläggare, Väst')], globalSecurityGroup)
    await addGroup('Socialtjänsten', ['socialtjansten@example.org'], [groupDn('Handläggare')])
    expect(await mailboxesOf('bertil')).toEqual(['socialtjansten@example.org'])
  })

  it('of Exchange is a local that nobody logs in as, and opened by those with full access', async () => {
    await addGroup('Registratorer', [], [personDn('doris')], globalSecurityGroup)
    await addSharedMailbox('registrator', {
      msExchRecipientTypeDetails: '4',
      msExchDelegateListLink: [personDn('cissi'), groupDn('Registratorer')],
    })
    expect(await open().findLocals(['Registrator@example.org'])).toEqual(new Set(['Registrator@example.org']))
    expect(await mailboxesOf('cissi')).toEqual(['registrator@example.org'])
    expect(await mailboxesOf('doris')).toEqual(['registrator@example.org'])
    expect(await open().findById('cissi')).toMatchObject({ id: 'cissi', addresses: ['cissi@example.org'] })
    for (const login of ['registrator', 'registrator@example.org']) {
      expect(await open().authenticate(login, 'ingen vet')).toBeNull()
    }
    expect(await open().findById('registrator')).toBeNull()
  })

  it('of somebody who has left is none, though others had access to it', async () => {
    await addSharedMailbox('slutat', { msExchRecipientTypeDetails: '1', msExchDelegateListLink: [personDn('erik')] })
    expect(await open().findLocals(['slutat@example.org'])).toEqual(new Set())
    expect(await mailboxesOf('erik')).toEqual([])
  })

  it('of a colleague is not opened by their deputy', async () => {
    await samba.change(personDn('anna'), { msExchRecipientTypeDetails: '1', msExchDelegateListLink: personDn('erik') })
    expect(await mailboxesOf('erik')).toEqual([])
  })

  it('may be of any kind, and name its members in any way, that the admin says', async () => {
    await addSharedMailbox('diariet', { description: 'funktionsbrevlåda', manager: personDn('frida') })
    const changes = { groupsFilter: '(description=funktionsbrevlåda)', memberAttributes: ['manager'] }
    expect(await mailboxesOf('frida')).toEqual([])
    expect(await mailboxesOf('frida', changes)).toEqual(['diariet@example.org'])
    expect(await open(changes).findLocals(['diariet@example.org'])).toEqual(new Set(['diariet@example.org']))
  })

  it('counts only below the admin’s base for groups', async () => {
    await addGroup('Alla', ['alla@example.org'], [personDn('frida')])
    expect(await mailboxesOf('frida', { groupsBase: groupsDn })).toEqual(['alla@example.org'])
    expect(await mailboxesOf('frida', { groupsBase: 'CN=Users,DC=example,DC=org' })).toEqual([])
  })
})
