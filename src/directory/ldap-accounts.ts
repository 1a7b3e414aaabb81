import type { Client } from 'ldapts'
import { inUseWhereFound } from './account-state.ts'
import type { OnNotice } from './directory.ts'
import type { Layout } from './ldap-layout.ts'
import { mailboxesOf } from './ldap-mailboxes.ts'
import { addressesOf, allOf, anyOf, chunksOf, hasAddress, isValue, search } from './ldap-search.ts'
import type { LdapEntry } from './ldap-search.ts'
import { canonical } from '#mail/address.ts'
import type { Account } from '#model.ts'

/** More than one is asked for, because some servers also match å with a, and two spaces with one. */
const maxCandidates = 20
const addressesAtOnce = 50

/**
 * The one account's entry that has the value in one of these attributes; null if there is none, or more than one,
 * which is told to the admin. One that is not in use is only found where no other is.
 */
export async function findPerson(
  client: Client,
  layout: Layout,
  wanted: { value: string; among: string[] },
  onNotice: OnNotice,
): Promise<LdapEntry | null> {
  const all = await entriesWith(client, layout, wanted.value.normalize('NFC'), wanted.among)
  const inUse = all.filter(entry => layout.people.state.whyUnused(entry) === undefined)
  const entries = inUse.length > 0 ? inUse : all
  if (entries.length > 1) {
    const dns = entries.map(({ dn }) => dn).join('; ')
    onNotice(`Nobody can log in as ${wanted.value}, because that is the login of several: ${dns}`)
    return null
  }
  return entries[0] ?? null
}

/** The server's own comparison is only the first sieve: what it finds must be exactly the value, in any case. */
async function entriesWith(client: Client, layout: Layout, value: string, among: string[]): Promise<LdapEntry[]> {
  const { people, loginAttributes, nameAttribute, addressAttributes } = layout
  const found = await search(client, {
    base: people.base,
    filter: allOf(people.filter, anyOf(among.map(attribute => isValue(attribute, value)))),
    attributes: [...loginAttributes, nameAttribute, ...addressAttributes, ...people.state.attributes],
    atMost: maxCandidates,
  })
  const wanted = canonical(value)
  return found.filter(entry => among.some(name => entry.values(name).some(is => canonical(is) === wanted)))
}

/** The account of an entry that `findPerson` found, with the mailboxes that it belongs to. */
export async function accountOf(
  client: Client,
  layout: Layout,
  entry: LdapEntry,
  onNotice: OnNotice,
): Promise<Account> {
  // An attribute's values come in any order, but the account must always get the same id.
  const id = idOf(layout, entry)
  const nothing = { addresses: [], complete: true }
  const mailboxes = layout.groups ? await mailboxesOf(client, layout.groups, entry.dn) : nothing
  if (!mailboxes.complete) onNotice(`The account ${id} is in so many groups that some of them are left out.`)
  return {
    id,
    name: entry.values(layout.nameAttribute)[0] ?? id,
    addresses: addressesOf(entry, layout.addressAttributes),
    mailboxes: mailboxes.addresses,
  }
}

/** The addresses of all accounts in use and groups that have one of these, which are in their canonical spelling. */
export async function addressesBeside(client: Client, layout: Layout, addresses: string[]): Promise<Set<string>> {
  const { people, groups, addressAttributes } = layout
  const places = [people, ...(groups ? [{ ...groups, state: inUseWhereFound }] : [])]
  const known = new Set<string>()
  for (const some of chunksOf(addresses, addressesAtOnce)) {
    const isOne = anyOf(some.flatMap(address => hasAddress(addressAttributes, address)))
    for (const { base, filter, state } of places) {
      const attributes = [...addressAttributes, ...state.attributes]
      const found = await search(client, { base, filter: allOf(filter, isOne), attributes, atMost: 0 })
      const counting = found.filter(entry => state.whyUnused(entry) === undefined)
      for (const address of counting.flatMap(entry => addressesOf(entry, addressAttributes))) known.add(address)
    }
  }
  return known
}

/** LDAP does not order values: of several, the first by the alphabet is the id. */
export function idOf(layout: Layout, entry: LdapEntry): string {
  const [id = ''] = entry.values(layout.idAttribute).map(canonical).toSorted()
  return id
}
