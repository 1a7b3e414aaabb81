import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '#database/database.ts'
import { openFileDirectory } from '#directory/file-directory.ts'
import { openLdapDirectory } from '#directory/ldap-directory.ts'
import { logIn, type LoginDeps } from '#directory/throttled-login.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { staff, writePeople } from '../support/people.ts'
import { hasServer } from '../support/servers.ts'
import { startSlapd } from '../support/slapd.ts'

describe.skipIf(!hasServer('slapd'))('an account with several logins', () => {
  let deps: LoginDeps
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const database = await freshDatabase()
    const slapd = await startSlapd({ people: [staff('anna')] })
    closers.push(database.drop, slapd.stop)
    const directory = openLdapDirectory(slapd.settings({ loginAttributes: ['uid', 'mail', 'cn'] }))
    deps = {
      db: database.db,
      directory,
      limits: { failedLogins: 3, failedLoginsPerAddress: 50, failedLoginMinutes: 15 },
      door: 'smtp',
    }
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })
  const attempt = (login: string, password: string) =>
    logIn(deps, { login, password, address: '192.0.2.1' }).then(
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

describe('failed logins', () => {
  let db: Database
  let directory: LoginDeps['directory']
  const closers: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const database = await freshDatabase()
    const folder = await mkdtemp(join(tmpdir(), 'kuvert-throttled-'))
    closers.push(database.drop, () => rm(folder, { recursive: true, force: true }))
    await writePeople(join(folder, 'people.yaml'), [staff('anna'), staff('bertil')])
    db = database.db
    directory = openFileDirectory(join(folder, 'people.yaml'))
  })
  beforeEach(async () => {
    await db.query('delete from login_failures')
    await db.query('delete from login_places')
  })
  afterAll(async () => {
    for (const close of closers) await close()
  })
  const limits = { failedLogins: 3, failedLoginsPerAddress: 50, failedLoginMinutes: 15 }

  interface Attempt {
    login?: string
    password: string
    from: string
    door?: LoginDeps['door']
    device?: string
    asked?: Pick<Database, 'query' | 'transaction'>
  }
  const attempt = ({ login = 'anna', password, from, door = 'smtp', device, asked = db }: Attempt) =>
    logIn(
      { db: asked as Database, directory, limits, door },
      { login, password, address: from, ...(device !== undefined && { deviceHash: device }) },
    ).then(
      account => account.id,
      (error: { code: string }) => error.code,
    )
  /** As many failures as close the door to strangers. */
  const guess = async (door: LoginDeps['door'] = 'smtp') => {
    for (let host = 1; host <= 3; host += 1) await attempt({ password: 'fel', from: `203.0.113.${host}`, door })
    expect(await attempt({ password: 'anna-ord', from: '203.0.113.9', door })).toBe('LOGIN_THROTTLED')
  }

  test('of strangers do not keep out who has logged in from the same address before, at either door', async () => {
    expect(await attempt({ password: 'anna-ord', from: '192.0.2.1', door: 'portal' })).toBe('anna')
    expect(await attempt({ password: 'anna-ord', from: '2001:db8::1' })).toBe('anna')
    await guess('smtp')
    await guess('portal')
    for (const door of ['smtp', 'portal'] as const) {
      expect(await attempt({ password: 'anna-ord', from: '192.0.2.1', door })).toBe('anna')
      expect(await attempt({ password: 'anna-ord', from: '2001:db8::ffff', door }), 'of the same /64').toBe('anna')
      expect(await attempt({ password: 'anna-ord', from: '2001:db8:1::1', door })).toBe('LOGIN_THROTTLED')
    }
  })

  test('of strangers do not keep out a browser that has logged in before, wherever it is', async () => {
    expect(await attempt({ password: 'anna-ord', from: '192.0.2.1', door: 'portal', device: 'laptop' })).toBe('anna')
    await guess('portal')
    const elsewhere = { from: '198.51.100.1', door: 'portal', device: 'laptop' } as const
    expect(await attempt({ ...elsewhere, password: 'anna-ord' })).toBe('anna')
    expect(await attempt({ ...elsewhere, password: 'anna-ord', device: 'another' })).toBe('anna')
    const other = { from: '198.51.100.2', door: 'portal', device: 'a third' } as const
    expect(await attempt({ ...other, password: 'anna-ord' })).toBe('LOGIN_THROTTLED')
  })

  test('at one door do not close the other', async () => {
    await guess('portal')
    expect(await attempt({ password: 'anna-ord', from: '203.0.113.9', door: 'smtp' })).toBe('anna')
  })

  test('from a known place are limited like any others, and by themselves', async () => {
    await attempt({ password: 'anna-ord', from: '192.0.2.1' })
    const answers = []
    for (const password of ['a', 'b', 'c', 'anna-ord']) answers.push(await attempt({ password, from: '192.0.2.1' }))
    expect(answers).toEqual(['LOGIN_WRONG', 'LOGIN_WRONG', 'LOGIN_WRONG', 'LOGIN_THROTTLED'])
    expect(await attempt({ password: 'anna-ord', from: '192.0.2.2' })).toBe('anna')
  })

  test('of another account that logs in from there do not make the place known', async () => {
    await attempt({ login: 'bertil', password: 'bertil-ord', from: '192.0.2.1' })
    await guess()
    expect(await attempt({ password: 'anna-ord', from: '192.0.2.1' })).toBe('LOGIN_THROTTLED')
  })

  test('of known places are forgotten after 60 days without a login', async () => {
    await attempt({ password: 'anna-ord', from: '192.0.2.1' })
    await guess()
    await db.query("update login_places set seen_at = now() - interval '60 days'")
    expect(await attempt({ password: 'anna-ord', from: '192.0.2.1' })).toBe('LOGIN_THROTTLED')
  })

  test('ask the database for the same, whether or not there is such an account', async () => {
    const ask = async (login: string) => {
      const statements: unknown[] = []
      const watched = (to: Pick<Database, 'query'>): Pick<Database, 'query'> => ({
        query: ((...words: Parameters<Database['query']>) => {
          statements.push(words[0])
          return to.query(...words)
        }) as Database['query'],
      })
      const asked = {
        ...watched(db),
        transaction: ((work: (tx: Pick<Database, 'query'>) => Promise<unknown>) => {
          statements.push('begin')
          return db.transaction(tx => work(watched(tx)))
        }) as Database['transaction'],
      }
      expect(await attempt({ login, password: 'fel', from: '192.0.2.1', asked })).toBe('LOGIN_WRONG')
      return statements
    }
    const known = await ask('anna')
    expect(known.length).toBeGreaterThan(10)
    expect(await ask('nobody')).toEqual(known)
  })
})
