import { randomUUID } from 'node:crypto'
import { ResultCodeError, type Client } from 'ldapts'
import { isRefusal, whyRefused } from './bind-refusal.ts'
import type { Directory, OnNotice } from './directory.ts'
import { accountOf, addressesBeside, findPerson, idOf } from './ldap-accounts.ts'
import { withLdapClient } from './ldap-connection.ts'
import { findPeople } from './ldap-find-people.ts'
import { layoutOf, type Layout, type LdapSettings } from './ldap-layout.ts'
import { isPresent, search, type LdapEntry } from './ldap-search.ts'
import { askInOrder } from './ldap-servers.ts'
import { wordsOf } from './matches-text.ts'
import { canBeName, canBeRight, canonical } from '#mail/address.ts'

/**
 * A directory in LDAP. Nothing is kept open or cached: each question is a connection of its own, so that a server
 * that comes back, or an account that is disabled, counts at once. Throws if a filter of the settings is malformed.
 */
export function openLdapDirectory(settings: LdapSettings, onNotice: OnNotice = () => undefined): Directory {
  const layout = layoutOf(settings)
  const ask = askInOrder(settings.urls, onNotice)
  const askAsSearcher = <Answer>(url: string, question: (client: Client) => Promise<Answer>) =>
    withLdapClient({ ...settings, url }, async client => {
      await bindSearcher(client, settings)
      return question(client)
    })

  return {
    authenticate: async (login, password, mayTry = async () => true) => {
      if (!canBeRight(login, password)) return null
      const wanted = { value: login, among: layout.loginAttributes }
      return ask(url =>
        askAsSearcher(url, async client => {
          const entry = await findPerson(client, layout, wanted, onNotice)
          if (!(await mayTry(entry ? idOf(layout, entry) : null))) return null
          const mayEnter = await withLdapClient({ ...settings, url }, person =>
            entry ? mayLogIn(person, layout, entry, password, onNotice) : tryNobody(person, layout, password),
          )
          return entry && mayEnter ? accountOf(client, layout, entry, onNotice) : null
        }),
      )
    },
    findById: async id => {
      if (!canBeName(id)) return null
      const wanted = { value: id, among: [layout.idAttribute] }
      const account = await ask(url =>
        askAsSearcher(url, async client => {
          const entry = await findPerson(client, layout, wanted, onNotice)
          const isInUse = entry && layout.people.state.whyUnused(entry) === undefined
          return isInUse ? accountOf(client, layout, entry, onNotice) : null
        }),
      )
      return account?.id === canonical(id) ? account : null
    },
    findLocals: async addresses => {
      const asked = [...new Set(addresses.filter(canBeName).map(canonical))]
      if (asked.length === 0) return new Set()
      const known = await ask(url => askAsSearcher(url, client => addressesBeside(client, layout, asked)))
      return new Set(addresses.filter(address => known.has(canonical(address))))
    },
    search: async (text, limit) => {
      const words = wordsOf(text)
      if (words.length === 0) return []
      return ask(url => askAsSearcher(url, client => findPeople(client, layout, words, limit)))
    },
    check: async () => {
      const bases = [layout.people.base, ...(layout.groups ? [layout.groups.base] : [])]
      await ask(url => askAsSearcher(url, client => checkBases(client, bases)))
    },
    close: async () => undefined,
  }
}

async function bindSearcher(client: Client, settings: LdapSettings): Promise<void> {
  try {
    await client.bind(settings.bindDn, settings.bindPassword)
  } catch (cause) {
    if (!(cause instanceof ResultCodeError)) throw cause
    const why = whyRefused(cause) ?? 'bindDn or bindPassword is wrong'
    throw new Error(`${settings.bindDn} may not log in to search: ${why}`, { cause })
  }
}

/** Whether the password is right and the account in use. The admin is told why not, but not of wrong passwords. */
async function mayLogIn(
  client: Client,
  layout: Layout,
  entry: LdapEntry,
  password: string,
  onNotice: OnNotice,
): Promise<boolean> {
  const refusal = await tryPassword(client, entry.dn, password)
  const why = refusal ? whyRefused(refusal) : layout.people.state.whyUnused(entry)
  if (why !== undefined) onNotice(`${entry.dn} cannot log in: ${why}.`)
  return refusal === null && why === undefined
}

/** What the server says where it does not take the password; null where it does. */
async function tryPassword(client: Client, dn: string, password: string): Promise<ResultCodeError | null> {
  try {
    // Composed, because clients write the same letter in different ways (RFC 4513 section 5.1.3).
    await client.bind(dn, password.normalize('NFC'))
    return null
  } catch (error) {
    if (isRefusal(error)) return error
    throw error
  }
}

/** An unknown login takes as long as a wrong password: a password is sent for somebody who does not exist. */
async function tryNobody(client: Client, layout: Layout, password: string): Promise<false> {
  try {
    await client.bind(`cn=${randomUUID()},${layout.people.base}`, password.normalize('NFC'))
  } catch (error) {
    // Whatever the server answers, it means no.
    if (!(error instanceof ResultCodeError)) throw error
  }
  return false
}

async function checkBases(client: Client, bases: string[]): Promise<void> {
  for (const base of bases) {
    try {
      await search(client, { base, scope: 'base', filter: isPresent('objectClass'), attributes: ['1.1'], atMost: 1 })
    } catch (cause) {
      throw new Error(`${base} cannot be searched: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    }
  }
}
