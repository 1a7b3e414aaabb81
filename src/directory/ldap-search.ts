import { AndFilter, EqualityFilter, OrFilter, PresenceFilter, type Client, type Filter } from 'ldapts'
import { canonical } from '#mail/address.ts'

/** An entry that a search found. */
export interface LdapEntry {
  dn: string
  /** The values of an attribute, whatever case its name is written in. */
  values(attribute: string): string[]
}

interface Question {
  base: string
  filter: Filter
  attributes: string[]
  /** Entries; more are left out silently. */
  atMost: number
  scope?: 'base' | 'sub'
}

/** Searches below the base. References to other servers are ignored. */
export async function search(client: Client, question: Question): Promise<LdapEntry[]> {
  const { base, filter, attributes, atMost, scope = 'sub' } = question
  const { searchEntries } = await client.search(base, { scope, filter, attributes, sizeLimit: atMost })
  return searchEntries.map(entry => {
    const named = Object.entries(entry).map(
      ([name, value]) => [name.toLowerCase(), [value].flat().map(String)] as const,
    )
    const byName = new Map(named)
    return { dn: entry.dn, values: attribute => byName.get(attribute.toLowerCase()) ?? [] }
  })
}

/** The attribute is this value, which goes to the server as it is: filters are never put together from text. */
export function isValue(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value })
}

export function isPresent(attribute: string): Filter {
  return new PresenceFilter({ attribute })
}

export function allOf(...filters: Filter[]): Filter {
  return new AndFilter({ filters })
}

export function anyOf(filters: Filter[]): Filter {
  return new OrFilter({ filters })
}

/** One of the attributes is this address, in the way each writes addresses. */
export function hasAddress(attributes: string[], address: string): Filter[] {
  return attributes.map(name => isValue(name, name.toLowerCase() === 'proxyaddresses' ? `smtp:${address}` : address))
}

/**
 * The addresses of a person or group: lower case, without doubles, in the order of the attributes. Active Directory
 * writes `SMTP:` before the primary address, `smtp:` before others, and other schemes (`X500:`, `sip:`) before what
 * is no mail address.
 */
export function addressesOf(entry: LdapEntry, attributes: string[]): string[] {
  const inOrder = attributes.flatMap(attribute => {
    const values = entry.values(attribute)
    return [...values.filter(isPrimary), ...values.filter(value => !isPrimary(value))]
  })
  const addresses = inOrder.map(value => canonical(value.replace(/^smtp:/i, '').trim()))
  return [...new Set(addresses.filter(address => /^[^:]+@[^:]+$/.test(address)))]
}

function isPrimary(value: string): boolean {
  return value.startsWith('SMTP:')
}

/** Cuts a list into lists of at most this length. */
export function chunksOf<Item>(items: Item[], length: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / length) }, (_, index) =>
    items.slice(index * length, (index + 1) * length),
  )
}
