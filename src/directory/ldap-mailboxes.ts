import type { Client, Filter } from 'ldapts'
import { addressesOf, allOf, anyOf, chunksOf, isValue, search, type LdapEntry } from '#directory/ldap-search.ts'

/** Where groups are, and how they name their members. */
export interface Groups {
  base: string
  filter: Filter
  memberAttributes: string[]
  addressAttributes: string[]
}

/** An account's groups are followed so far and no further. */
const maxGroups = 100
const membersAtOnce = 50

/**
 * The addresses of all groups that the entry is a member of, directly or through other groups; `complete` is false
 * if there were more than a hundred groups, and the rest was left out.
 */
export async function mailboxesOf(
  client: Client,
  groups: Groups,
  dn: string,
): Promise<{ addresses: string[]; complete: boolean }> {
  const visited = new Set<string>()
  const addresses = new Set<string>()
  for (let level = [dn]; level.length > 0;) {
    const found = await groupsWith(client, groups, level)
    const fresh = found.filter(group => !visited.has(group.dn.toLowerCase()))
    for (const group of fresh) {
      if (visited.size === maxGroups) return { addresses: [...addresses], complete: false }
      visited.add(group.dn.toLowerCase())
      for (const address of addressesOf(group, groups.addressAttributes)) addresses.add(address)
    }
    level = fresh.map(group => group.dn)
  }
  return { addresses: [...addresses], complete: true }
}

/** The groups that have one of these as a direct member. */
async function groupsWith(client: Client, groups: Groups, members: string[]): Promise<LdapEntry[]> {
  const found = new Map<string, LdapEntry>()
  for (const some of chunksOf(members, membersAtOnce)) {
    const named = some.flatMap(dn => groups.memberAttributes.map(attribute => isValue(attribute, dn)))
    const entries = await search(client, {
      base: groups.base,
      filter: allOf(groups.filter, anyOf(named)),
      attributes: groups.addressAttributes,
      // One more than can be new, and room for those that were seen before.
      atMost: 2 * maxGroups + 1,
    })
    for (const entry of entries) found.set(entry.dn.toLowerCase(), entry)
  }
  return [...found.values()]
}
