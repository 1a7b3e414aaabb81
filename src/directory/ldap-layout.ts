import { FilterParser, type Filter } from 'ldapts'
import { activeDirectoryState, inUseWhereFound, type AccountState } from './account-state.ts'
import type { Groups } from './ldap-mailboxes.ts'
import { allOf, isPresent } from './ldap-search.ts'
import type { Settings } from '#settings/schema.ts'

export type LdapSettings = Extract<Settings['directory'], { kind: 'ldap' | 'activeDirectory' }>

/** Where things are in this directory, and what they are called. */
export interface Layout {
  people: { base: string; filter: Filter; state: AccountState }
  /** Absent: there are no shared mailboxes. */
  groups?: Groups
  idAttribute: string
  loginAttributes: string[]
  nameAttribute: string
  addressAttributes: string[]
  /** Whether the server finds people by what somebody types of their name by itself. */
  findsByName: boolean
}

/** Reads the admin's filters; throws if one is malformed. Only what has an id is an account. */
export function layoutOf(settings: LdapSettings): Layout {
  const { loginAttributes, nameAttribute, addressAttributes, memberAttributes, peopleBase } = settings
  const isActiveDirectory = settings.kind === 'activeDirectory'
  const [idAttribute = 'uid'] = loginAttributes
  const isAccount = allOf(parse(settings.peopleFilter, 'peopleFilter'), isPresent(idAttribute))
  const state = isActiveDirectory ? activeDirectoryState : inUseWhereFound
  const people = { base: peopleBase, filter: isAccount, state }
  const layout = {
    people,
    idAttribute,
    loginAttributes,
    nameAttribute,
    addressAttributes,
    findsByName: isActiveDirectory,
  }
  const isGroup = parse(settings.groupsFilter, 'groupsFilter')
  const groupsBase = settings.groupsBase ?? (isActiveDirectory ? peopleBase : undefined)
  if (groupsBase === undefined || memberAttributes.length === 0) return layout
  return { ...layout, groups: { base: groupsBase, filter: isGroup, memberAttributes, addressAttributes } }
}

function parse(text: string, name: string): Filter {
  try {
    return FilterParser.parseString(text)
  } catch (cause) {
    throw new Error(`directory.${name} is no LDAP filter: ${text}`, { cause })
  }
}
