import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Directory } from '#directory/directory.ts'

/** What every directory promises, tried on one that holds the people and mailboxes of contract-people.ts. */
export function directoryContract(open: () => Promise<{ directory: Directory; stop: () => Promise<void> }>): void {
  let directory: Directory
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ directory, stop } = await open())
  })
  afterAll(async () => {
    await directory.close()
    await stop()
  })

  describe('authenticate', () => {
    it('gives the account with all of its addresses and mailboxes', async () => {
      expect(sorted(await directory.authenticate('anna', 'anna har två katter'))).toEqual({
        id: 'anna',
        name: 'Anna Åkesson',
        addresses: ['anna@example.org', 'a.akesson@example.org', 'akesson@example.net'],
        mailboxes: ['kommunen@example.org', 'registrator@example.org', 'socialtjansten@example.org'],
      })
    })

    it('takes the login in any case', async () => {
      expect(await directory.authenticate('ANNA', 'anna har två katter')).toMatchObject({ id: 'anna' })
      expect(await directory.authenticate('ÅSA', 'Smörgås & räkor')).toMatchObject({ id: 'åsa' })
    })

    it('takes Swedish letters in both ways of writing them', async () => {
      const account = await directory.authenticate('åsa'.normalize('NFD'), 'Smörgås & räkor'.normalize('NFD'))
      expect(account).toMatchObject({ id: 'åsa', name: 'Åsa Öberg', addresses: ['asa@example.org'] })
    })

    it('does not take a letter for another that looks like it', async () => {
      expect(await directory.authenticate('asa', 'Smörgås & räkor')).toBeNull()
      expect(await directory.authenticate('asa', 'en annan')).toMatchObject({ name: 'Asa Oberg' })
    })

    it.each(['anna har tva katter', 'Anna har två katter', 'anna har två katter ', 'Smörgås & räkor', '*', 'EXTERNAL'])(
      'refuses the wrong password %j',
      async password => {
        expect(await directory.authenticate('anna', password)).toBeNull()
      },
    )

    it.each(['', ' ', '\t\n', '\0', 'anna har två katter\0', '\0anna har två katter'])(
      'refuses the password %j, which is empty or cut off by NUL',
      async password => {
        expect(await directory.authenticate('anna', password)).toBeNull()
      },
    )

    it.each([
      'nobody',
      '',
      ' ',
      '*',
      'ann*',
      'a(nna)',
      'anna)',
      '(anna',
      'anna)(uid=*',
      '*)(uid=*))(|(uid=*',
      'anna\\',
      '\\61nna',
      'anna\0',
      '\0',
      'anna\0bo',
      ' anna',
      'anna ',
      'uid=anna,ou=people,dc=example,dc=org',
      'cn=searcher,dc=example,dc=org',
      'EXTERNAL',
      'PLAIN',
      'DIGEST-MD5',
      'SCRAM-SHA-1',
      '__proto__',
      'constructor',
      '\ud800',
    ])('refuses the login %j with a password that is right for somebody', async login => {
      expect(await directory.authenticate(login, 'anna har två katter')).toBeNull()
      expect(await directory.authenticate(login, 'the searcher of the tests')).toBeNull()
    })

    it('refuses a login and a password that are far too long, without more ado', async () => {
      const long = 'a'.repeat(1_000_000)
      expect(await directory.authenticate(long, 'anna har två katter')).toBeNull()
      expect(await directory.authenticate('anna', long)).toBeNull()
    })

    it('lets a password contain what is special in filters', async () => {
      expect(await directory.authenticate('cissi', '*)(uid=*')).toMatchObject({ name: 'Cissi (Öst) * Ek' })
    })

    it('refuses a disabled account', async () => {
      expect(await directory.authenticate('bo', 'bo är ledig')).toBeNull()
    })

    it('follows mailboxes that are members of each other, without end', async () => {
      const account = await directory.authenticate('cissi', '*)(uid=*')
      expect(sorted(account)?.mailboxes).toEqual(['andra@example.org', 'ena@example.org'])
    })

    it('answers many at once, each with their own', async () => {
      const logins = Array.from({ length: 12 }, (_, index) => (index % 2 ? 'anna' : 'asa'))
      const accounts = await Promise.all(logins.map(login => directory.authenticate(login, 'en annan')))
      expect(accounts.map(account => account?.id)).toEqual(logins.map(login => (login === 'asa' ? 'asa' : undefined)))
    })
  })

  describe('findById', () => {
    it('gives the same account as a login', async () => {
      const account = await directory.authenticate('anna', 'anna har två katter')
      expect(await directory.findById('anna')).toEqual(account)
      expect(await directory.findById('Anna')).toEqual(account)
    })

    it.each(['nobody', '', '*', 'anna@example.org', 'anna\0', 'registrator@example.org', '__proto__'])(
      'finds nobody by %j',
      async id => {
        expect(await directory.findById(id)).toBeNull()
      },
    )

    it('does not find a disabled account', async () => {
      expect(await directory.findById('bo')).toBeNull()
    })
  })

  describe('findLocals', () => {
    it('gives those of the addresses that are somebody’s, as they were written', async () => {
      const locals = ['ANNA@example.org', 'anna@EXAMPLE.ORG', 'a.akesson@example.org', 'Akesson@Example.Net']
      const mailboxes = ['Registrator@example.org', 'tom@example.org']
      const others = [
        'x@example.com',
        'anna',
        '*',
        '*@example.org',
        'anna@example.org)(mail=*',
        'anna@example.org\0',
        '',
        `${'a'.repeat(1_000_000)}@example.org`,
      ]
      expect(await directory.findLocals([...others, ...locals, ...mailboxes])).toEqual(
        new Set([...locals, ...mailboxes]),
      )
    })

    it('does not count the addresses of disabled accounts', async () => {
      expect(await directory.findLocals(['bo@example.org'])).toEqual(new Set())
    })

    it('answers for no address', async () => {
      expect(await directory.findLocals([])).toEqual(new Set())
    })

    it('answers for 200 addresses at once', async () => {
      const strangers = Array.from({ length: 197 }, (_, index) => `stranger${index}@example.com`)
      const locals = ['anna@example.org', 'asa@example.org', 'kommunen@example.org']
      const mixed = [locals[0]!, ...strangers.slice(0, 90), locals[1]!, ...strangers.slice(90), locals[2]!]
      expect(await directory.findLocals(mixed)).toEqual(new Set(locals))
    })
  })

  describe('search', () => {
    const found = async (text: string, limit = 10) =>
      (await directory.search(text, limit)).map(({ address }) => address).toSorted()

    it.each([
      ['ann', ['anna@example.org']],
      ['ANNA', ['anna@example.org']],
      ['åkes', ['anna@example.org']],
      ['Åkes'.normalize('NFD'), ['anna@example.org']],
      ['anna åk', ['anna@example.org']],
      ['  Anna   Åkesson ', ['anna@example.org']],
      ['anna@exam', ['anna@example.org']],
      ['a.akesson@', ['anna@example.org']],
      ['registr', ['registrator@example.org']],
      ['kommunen@example.org', ['kommunen@example.org']],
      ['tom@', ['tom@example.org']],
    ])('finds whom %j means, by name, id or address', async (text, addresses) => {
      expect(await found(text)).toEqual(addresses)
    })

    it('gives a name where there is one', async () => {
      expect(await directory.search('anna', 10)).toEqual([{ name: 'Anna Åkesson', address: 'anna@example.org' }])
      expect(await directory.search('registrator', 10)).toEqual([{ name: null, address: 'registrator@example.org' }])
    })

    it('finds nobody who is disabled', async () => {
      expect(await found('bo')).toEqual([])
      expect(await found('bo@example.org')).toEqual([])
    })

    it.each(['nna', 'kesson', 'xyzzy', '', ' ', 'a*', '*nna', '(uid=*)', 'anna)(uid=*', '\\2a', '\0', 'anna\0'])(
      'finds nobody by %j',
      async text => {
        expect(await found(text)).toEqual([])
      },
    )

    it('takes what is special in filters as it is', async () => {
      expect(await found('cissi (öst) *')).toEqual(['cissi@example.org'])
    })

    it('gives no more than it is asked for', async () => {
      expect(await found('a', 1)).toHaveLength(1)
    })
  })

  describe('a shared mailbox or group', () => {
    it('is opened by its members and the members of its members, each by their own login', async () => {
      const anna = await directory.authenticate('anna', 'anna har två katter')
      expect(anna).toMatchObject({ id: 'anna', name: 'Anna Åkesson' })
      expect(anna?.mailboxes).toContain('registrator@example.org')
      expect(anna?.mailboxes).toContain('socialtjansten@example.org')
      const åsa = await directory.authenticate('åsa', 'Smörgås & räkor')
      expect(sorted(åsa)?.mailboxes).toEqual(['kommunen@example.org', 'socialtjansten@example.org'])
    })

    it('is opened by nobody else', async () => {
      expect(await directory.findById('asa')).toMatchObject({ id: 'asa', mailboxes: [] })
    })

    it.each(['registrator', 'registrator@example.org', 'cn=registrator@example.org,ou=groups,dc=example,dc=org'])(
      'is nobody’s login: %j',
      async login => {
        for (const password of ['anna har två katter', 'Smörgås & räkor', 'registrator']) {
          expect(await directory.authenticate(login, password)).toBeNull()
        }
      },
    )

    it('is a local recipient, also while it has no members', async () => {
      const mailboxes = ['registrator@example.org', 'kommunen@example.org', 'tom@example.org']
      expect(await directory.findLocals(mailboxes)).toEqual(new Set(mailboxes))
    })
  })

  it('can be asked', async () => {
    await expect(directory.check()).resolves.toBeUndefined()
  })
}

function sorted<A extends { mailboxes: string[] }>(account: A | null): A | null {
  return account && { ...account, mailboxes: account.mailboxes.toSorted() }
}
