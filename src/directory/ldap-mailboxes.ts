import type { Client, Filter } from 'ldapts'
import { addressesOf, allOf, anyOf, chunksOf, isValue, search, type LdapEntry } from './ldap-search.ts'

/** Where groups are, and how they name their members. */
export interface Groups {
  base: string
  filter: Filter
  memberAttributes: string[]
  addressAttributes: string[]
}

/** An account's groups are followed so far and no further; Windows itself stops at 1015 (its access tokens). */
const maxGroups = 1000
const membersAtOnce = 50
/** From one search; no server gives fewer by itself: OpenLDAP stops at 500, Active Directory at 1000. */
const maxFound = 500

/**
 * The addresses of all groups that the entry is a member of, directly or through other groups; `complete` is false
 * if some may have been left out: of more than a thousand, or where one search found 500.
 */
export async function mailboxesOf(
  client: Client,
  groups: Groups,
  dn: string,
): Promise<{ addresses: string[]; complete: boolean }> {
  const visited = new Set<string>()
  const addresses = new Set<string>()
  let complete = true
  for (let level = [dn]; level.length > 0;) {
    const found = await groupsWith(client, groups, level)
    const unseen = found.entries.filter(group => !visited.has(group.dn.toLowerCase()))
    const fresh = unseen.slice(0, maxGroups - visited.size)
    complete &&= found.complete && fresh.length === unseen.length
    for (const group of fresh) {
      visited.add(group.dn.toLowerCase())
      for (const address of addressesOf(group, groups.addressAttributes)) addresses.add(address)
    }
    level = fresh.map(group => group.dn)
  }
  return { addresses: [...addresses], complete }
}

/** The groups that have one of these as a direct member. */
async function groupsWith(
  client: Client,
  groups: Groups,
  members: string[],
): Promise<{ entries: LdapEntry[]; complete: boolean }> {
  const found = new Map<string, LdapEntry>()
  let complete = true
  for (const some of chunksOf(members, membersAtOnce)) {
    const named = some.flatMap(dn => groups.memberAttributes.map(attribute => isValue(attribute, dn)))
    const entries = await search(client, {
      base: groups.base,
      filter: allOf(groups.filter, anyOf(named)),
      attributes: groups.addressAttributes,
      atMost: maxFound,
    })
    complete &&= entries.length < maxFound
    for (const entry of entries) found.set(entry.dn.toLowerCase(), entry)
  }
  return { entries: [...found.values()], complete }
}
