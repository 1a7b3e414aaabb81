import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { logIn, type LoginParts } from '#directory/throttled-login.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { hasServer } from '../support/servers.ts'
import { startSlapd } from '../support/slapd.ts'

describe.skipIf(!hasServer('slapd'))('an account with several logins', () => {
  let parts: LoginParts
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const database = await freshDatabase()
    const people = [{ id: 'anna', name: 'Anna', addresses: ['anna@kommun.example'], password: 'anna-ord' }]
    const slapd = await startSlapd({ people })
    closers.push(database.drop, slapd.stop)
    const directory = openLdapDirectory(slapd.settings({ loginAttributes: ['uid', 'mail', 'cn'] }))
    parts = {
      db: database.db,
      directory,
      limits: { failedLogins: 3, failedLoginsPerAddress: 50, failedLoginMinutes: 15 },
    }
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })
  const attempt = (login: string, password: string) =>
    logIn(parts, { login, password, address: '192.0.2.1' }).then(
      account => account.id,
      (error: { code: string }) => error.code,
    )

  test('has one limit for all of them, so that guessing cannot lock it in the directory', async () => {
    expect(await attempt('anna', 'a')).toBe('LOGIN_WRONG')
    expect(await attempt('anna@kommun.example', 'b')).toBe('LOGIN_WRONG')
    expect(await attempt('Anna', 'c')).toBe('LOGIN_WRONG')
    expect(await attempt('anna@kommun.example', 'anna-ord')).toBe('LOGIN_THROTTLED')
  })
})
