import type { Client } from 'ldapts'
import type { OnNotice } from '#directory/directory.ts'
import type { Layout } from '#directory/ldap-layout.ts'
import { mailboxesOf } from '#directory/ldap-mailboxes.ts'
import { addressesOf, allOf, anyOf, chunksOf, hasAddress, isValue, search } from '#directory/ldap-search.ts'
import type { LdapEntry } from '#directory/ldap-search.ts'
import { canonical } from '#directory/spelling.ts'
import type { Account } from '#model.ts'

/** More than one is asked for, because some servers also match å with a, and two spaces with one. */
const maxCandidates = 20
const addressesAtOnce = 50

/**
 * The one account that has the value in one of these attributes, with its DN; null if there is none, or more than
 * one, which is told to the admin.
 */
export async function findAccount(
  client: Client,
  layout: Layout,
  wanted: { value: string; among: string[] },
  onNotice: OnNotice,
): Promise<{ dn: string; account: Account } | null> {
  const entries = await entriesWith(client, layout, wanted.value.normalize('NFC'), wanted.among)
  const [entry] = entries
  if (!entry) return null
  if (entries.length > 1) {
    const dns = entries.map(({ dn }) => dn).join('; ')
    onNotice(`Nobody can log in as ${wanted.value}, because that is the login of several: ${dns}`)
    return null
  }
  return { dn: entry.dn, account: await toAccount(client, layout, entry, onNotice) }
}

/** The server's own comparison is only the first sieve: what it finds must be exactly the value, in any case. */
async function entriesWith(client: Client, layout: Layout, value: string, among: string[]): Promise<LdapEntry[]> {
  const found = await search(client, {
    base: layout.people.base,
    filter: allOf(layout.people.filter, anyOf(among.map(attribute => isValue(attribute, value)))),
    attributes: [...layout.loginAttributes, layout.nameAttribute, ...layout.addressAttributes],
    atMost: maxCandidates,
  })
  const wanted = canonical(value)
  return found.filter(entry => among.some(name => entry.values(name).some(is => canonical(is) === wanted)))
}

async function toAccount(client: Client, layout: Layout, entry: LdapEntry, onNotice: OnNotice): Promise<Account> {
  // An attribute's values come in any order, but the account must always get the same id.
  const [id = ''] = entry.values(layout.idAttribute).map(canonical).toSorted()
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

/** The addresses of all accounts and groups that have one of these, which are in their canonical spelling. */
export async function addressesBeside(client: Client, layout: Layout, addresses: string[]): Promise<Set<string>> {
  const known = new Set<string>()
  const attributes = layout.addressAttributes
  for (const some of chunksOf(addresses, addressesAtOnce)) {
    const isOne = anyOf(some.flatMap(address => hasAddress(attributes, address)))
    for (const place of [layout.people, ...(layout.groups ? [layout.groups] : [])]) {
      const filter = allOf(place.filter, isOne)
      const found = await search(client, { base: place.base, filter, attributes, atMost: 0 })
      for (const address of found.flatMap(entry => addressesOf(entry, attributes))) known.add(address)
    }
  }
  return known
}
