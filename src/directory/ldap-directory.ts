import { ResultCodeError, type Client } from 'ldapts'
import type { Directory, OnNotice } from '#directory/directory.ts'
import { addressesBeside, findAccount } from '#directory/ldap-accounts.ts'
import { withLdapClient } from '#directory/ldap-connection.ts'
import { layoutOf, type LdapSettings } from '#directory/ldap-layout.ts'
import { isPresent, search } from '#directory/ldap-search.ts'
import { askInOrder } from '#directory/ldap-servers.ts'
import { canBeRight, canonical } from '#directory/spelling.ts'

/**
 * Answers to somebody's login that mean "no" (RFC 4511 appendix A): no such object, inappropriate
 * authentication, invalid credentials; and, for accounts that are locked or must do something first: stronger
 * authentication, constraint violation, insufficient access, unwilling to perform.
 */
const mayNotLogIn = new Set([32, 48, 49, 8, 19, 50, 53])
const invalidCredentials = 49

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
    authenticate: async (login, password) => {
      if (!canBeRight(login, password)) return null
      return ask(async url => {
        const wanted = { value: login, among: layout.loginAttributes }
        const found = await askAsSearcher(url, client => findAccount(client, layout, wanted, onNotice))
        if (!found) return null
        const isRight = await withLdapClient({ ...settings, url }, client =>
          mayLogIn(client, found.dn, password, onNotice),
        )
        return isRight ? found.account : null
      })
    },
    findById: async id => {
      const wanted = { value: id, among: [layout.idAttribute] }
      const found = await ask(url => askAsSearcher(url, client => findAccount(client, layout, wanted, onNotice)))
      return found?.account.id === canonical(id) ? found.account : null
    },
    findLocals: async addresses => {
      const asked = [...new Set(addresses.map(canonical))]
      if (asked.length === 0) return new Set()
      const known = await ask(url => askAsSearcher(url, client => addressesBeside(client, layout, asked)))
      return new Set(addresses.filter(address => known.has(canonical(address))))
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
    const hint = cause.code === invalidCredentials ? 'bindDn or bindPassword is wrong' : cause.message
    throw new Error(`${settings.bindDn} may not log in to search: ${hint}`, { cause })
  }
}

async function mayLogIn(client: Client, dn: string, password: string, onNotice: OnNotice): Promise<boolean> {
  try {
    // Composed, because clients write the same letter in different ways (RFC 4513 section 5.1.3).
    await client.bind(dn, password.normalize('NFC'))
    return true
  } catch (error) {
    if (!(error instanceof ResultCodeError) || !mayNotLogIn.has(error.code)) throw error
    if (error.code !== invalidCredentials) onNotice(`The directory does not let ${dn} log in: ${error.message}`)
    return false
  }
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
