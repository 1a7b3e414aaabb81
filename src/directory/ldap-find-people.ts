import { EqualityFilter, SubstringFilter, type Client, type Filter } from 'ldapts'
import { inUseWhereFound } from './account-state.ts'
import type { Addressee } from './directory.ts'
import type { Layout } from './ldap-layout.ts'
import { addressesOf, allOf, anyOf, search, type LdapEntry } from './ldap-search.ts'

/** Some of what is found is not in use, or has no address. */
const spare = 3

/** The first that the server finds of the accounts in use, and of the mailboxes, that these words fit and that have an address. */
export async function findPeople(client: Client, layout: Layout, words: string[], limit: number): Promise<Addressee[]> {
  const { people, groups, nameAttribute, addressAttributes } = layout
  const places = [people, ...(groups ? [{ ...groups, state: inUseWhereFound }] : [])]
  const names = [nameAttribute, 'displayName', 'cn']
  const found = new Map<string, Addressee>()
  for (const { base, filter, state } of places) {
    const entries = await search(client, {
      base,
      filter: allOf(filter, layout.findsByName ? byAmbiguousName(layout, words) : byWords(layout, words)),
      attributes: [...names, ...addressAttributes, ...state.attributes],
      atMost: limit * spare,
    })
    for (const entry of entries.filter(each => state.whyUnused(each) === undefined)) {
      const [address] = addressesOf(entry, addressAttributes)
      if (address !== undefined) found.set(address, { name: nameOf(entry, names, address), address })
    }
  }
  return [...found.values()].slice(0, limit)
}

function nameOf(entry: LdapEntry, names: string[], address: string): string | null {
  const name = names.flatMap(attribute => entry.values(attribute))[0]
  return name === undefined || name === address ? null : name
}

/** Each word begins a word of the name, or a login, or an address. */
function byWords(layout: Layout, words: string[]): Filter {
  const { nameAttribute, loginAttributes, addressAttributes } = layout
  const others = [...new Set([...loginAttributes, ...addressAttributes])]
  return allOf(
    ...words.map(word =>
      anyOf([
        begins(nameAttribute, word),
        ...[' ', '-'].map(before => new SubstringFilter({ attribute: nameAttribute, any: [before + word] })),
        ...others.map(attribute => begins(attribute, word)),
      ]),
    ),
  )
}

/**
 * Active Directory's own way to find people, which its indexes are made for (ambiguous name resolution in [MS-ADTS]): by given name,
 * surname, both, display name and login. It knows no addresses but proxyAddresses, with what stands before them.
 */
function byAmbiguousName({ nameAttribute, addressAttributes }: Layout, words: string[]): Filter {
  const text = words.join(' ')
  const fields = [nameAttribute, ...addressAttributes].map(attribute => begins(attribute, text))
  return anyOf([new EqualityFilter({ attribute: 'anr', value: text }), ...fields])
}

/** What stands there goes to the server as it is: filters are never put together from text. */
function begins(attribute: string, text: string): Filter {
  return new SubstringFilter({
    attribute,
    initial: attribute.toLowerCase() === 'proxyaddresses' ? `smtp:${text}` : text,
  })
}
