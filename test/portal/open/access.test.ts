import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personText } from '#database/person.ts'
import type { Login } from '#model.ts'
import type { Browser } from '../../support/browser.ts'
import { mailedCode } from '../../support/mailed-code.ts'
import type { TestMessage } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
const people = new Map<string, Browser>()
const bytes = 'filens bytes'
beforeAll(async () => {
  portal = await startTestPortal()
  for (const login of ['anna', 'bertil', 'cecilia']) {
    const browser = portal.browser()
    await browser.logIn('/l/any', login)
    people.set(login, browser)
  }
})
afterAll(() => portal.close())

const recipients = [
  'anna@kommun.example',
  'socialtjansten@kommun.example',
  'olle@utanfor.example',
  'kim@utanfor.example',
]

/** Anna and Bertil are recipients (he as a member of the mailbox), Cecilia is another local, Olle has a code for his own link. */
type Who = 'anna' | 'bertil' | 'cecilia' | 'olle' | 'nobody'
/** Whom it counts for, or why not: nothing is told before a login, or it is for somebody else. */
type Outcome = 'link 0' | 'link 1' | 'link 2' | 'link 3' | 'account:cecilia' | 'login' | 'refused'

/** The design's table: login, who, whose link they follow (as an index of the recipients), and what comes of it. */
const table: [Login, Who, number, Outcome][] = [
  ['recipients', 'anna', 0, 'link 0'],
  ['recipients', 'anna', 1, 'link 0'],
  ['recipients', 'anna', 2, 'link 0'],
  ['recipients', 'bertil', 0, 'link 1'],
  ['recipients', 'bertil', 1, 'link 1'],
  ['recipients', 'bertil', 3, 'link 1'],
  ['recipients', 'cecilia', 0, 'refused'],
  ['recipients', 'cecilia', 1, 'refused'],
  ['recipients', 'cecilia', 2, 'refused'],
  ['recipients', 'olle', 2, 'link 2'],
  ['recipients', 'olle', 0, 'login'],
  ['recipients', 'olle', 1, 'login'],
  ['recipients', 'olle', 3, 'login'],
  ['recipients', 'nobody', 0, 'login'],
  ['recipients', 'nobody', 2, 'login'],
  ['locals', 'anna', 0, 'link 0'],
  ['locals', 'anna', 3, 'link 0'],
  ['locals', 'bertil', 0, 'link 1'],
  ['locals', 'bertil', 2, 'link 1'],
  ['locals', 'cecilia', 0, 'account:cecilia'],
  ['locals', 'cecilia', 1, 'account:cecilia'],
  ['locals', 'cecilia', 2, 'account:cecilia'],
  ['locals', 'olle', 2, 'link 2'],
  ['locals', 'olle', 0, 'login'],
  ['locals', 'olle', 3, 'login'],
  ['locals', 'nobody', 0, 'login'],
  ['locals', 'nobody', 2, 'login'],
  ['none', 'anna', 0, 'link 0'],
  ['none', 'anna', 2, 'link 2'],
  ['none', 'bertil', 0, 'link 0'],
  ['none', 'cecilia', 1, 'link 1'],
  ['none', 'cecilia', 3, 'link 3'],
  ['none', 'nobody', 0, 'link 0'],
  ['none', 'nobody', 2, 'link 2'],
]
const opens = (outcome: Outcome) => outcome !== 'login' && outcome !== 'refused'

const ends = {
  expired: 'update messages set expires_at = now(), ended_at = now(), wrapped_key = null where id = $1',
  'expired, and upkeep has not been by': 'update messages set expires_at = now() where id = $1',
  withdrawn: 'update messages set revoked = true, ended_at = now(), wrapped_key = null where id = $1',
  'withdrawn for some': 'update links set revoked_at = now() where message_id = $1',
}

describe.each(table)('login=%s: %s by link %i → %s', (login, who, follows, outcome) => {
  test('while the message lives: the bytes, counted once, or nothing at all', async () => {
    const { message, browser, path } = await arrive()
    const response = await browser.download(path)
    const page = await response.text()
    if (opens(outcome)) expect([response.status, page]).toEqual([200, bytes])
    // A redirect leads back to the page with the login.
    else if (outcome === 'login') expect([response.status, page.includes('name="password"')]).toEqual([200, true])
    else expect(response.status).toBe(403)
    expect(page.includes(bytes)).toBe(opens(outcome))
    expect(await countsOf(message)).toEqual(opens(outcome) ? [{ person: personOf(message), used: 1 }] : [])
  })

  test.each(Object.keys(ends) as (keyof typeof ends)[])(
    '%s: no bytes, not even for a ticket that was there',
    async end => {
      const { message, browser, path } = await arrive()
      const asked = await browser.post(`${path}/files/0`)
      const ticket = opens(outcome) ? asked.headers.get('location')! : null
      await alter(portal.deps, ends[end], [message.id])
      // Whoever it is not for cannot tell it from a link that never was.
      const status = opens(outcome) ? 410 : 404
      for (const response of [
        await browser.get(path),
        await browser.post(`${path}/files/0`),
        ...(ticket ? [await browser.get(ticket), await browser.head(ticket)] : []),
      ]) {
        expect(response.status).toBe(status)
        const page = await response.text()
        expect(page).not.toContain(bytes)
        expect(page).not.toContain('rapport.pdf')
      }
    },
  )

  if (opens(outcome)) {
    test('used up: what was begun can be resumed, and no more', async () => {
      const { message, browser, path } = await arrive()
      const ticket = (await browser.post(`${path}/files/0`)).headers.get('location')!
      expect((await browser.post(`${path}/files/0`)).headers.get('location')).toBe(ticket)
      expect(await (await browser.get(ticket)).text()).toBe(bytes)
      await portal.db.query("update downloads set ends_at = now() - interval '1 second' where id = $1", [
        ticket.slice(3),
      ])
      expect((await browser.post(`${path}/files/0`)).status).toBe(403)
      expect(await countsOf(message)).toEqual([{ person: personOf(message), used: 1 }])
    })

    test('a ticket is of no use to another browser', async () => {
      const { browser, path } = await arrive()
      const ticket = (await browser.post(`${path}/files/0`)).headers.get('location')!
      for (const other of [portal.browser(), people.get('anna')!, people.get('cecilia')!]) {
        if (other === browser) continue
        const response = await other.get(ticket)
        expect([response.status, (await response.text()).includes(bytes)]).toEqual([404, false])
      }
    })
  }

  /** A message, the browser of whoever comes, logged in where they can, and the link that they follow. */
  async function arrive(): Promise<{ message: TestMessage; browser: Browser; path: string }> {
    const message = await portal.message({ login, recipients, max: 1 })
    const browser = people.get(who) ?? portal.browser()
    if (who === 'olle') await logInByCode(browser, message.links[2]!)
    return { message, browser, path: message.links[follows]!.path }
  }

  function personOf(message: TestMessage): string {
    return outcome.startsWith('link ') ? `link:${message.links[Number(outcome.slice(5))]!.id}` : outcome
  }
})

async function logInByCode(browser: Browser, { path, recipient }: TestMessage['links'][number]): Promise<void> {
  await portal.db.query('delete from codes')
  await browser.askForCode(path)
  expect((await browser.enterCode(path, await mailedCode(portal.deps, recipient))).headers.get('location')).toBe(path)
}

async function countsOf(message: TestMessage): Promise<unknown[]> {
  return (
    await portal.db.query(`select ${personText} as person, used from counts where file_id = $1`, [message.files[0]!.id])
  ).rows
}

test('an alias of the account is as good as its first address, in any case', async () => {
  const message = await portal.message({ login: 'recipients', recipients: ['Anna.Alias@Kommun.example'] })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  expect(await (await browser.download(message.path)).text()).toBe('filens bytes')
})

test('somebody with an own address and a mailbox among the recipients counts for the own address', async () => {
  const message = await portal.message({
    login: 'recipients',
    recipients: ['socialtjansten@kommun.example', 'bertil@kommun.example', 'anna@kommun.example'],
  })
  const browser = portal.browser()
  const path = message.links[2]!.path
  await browser.logIn(path, 'bertil')
  await browser.download(path)
  const { rows } = await portal.db.query(`select ${personText} as person from counts where file_id = $1`, [
    message.files[0]!.id,
  ])
  expect(rows).toEqual([{ person: `link:${message.links[1]!.id}` }])
})

test('before the login, a page shows that a login is needed and nothing of the message', async () => {
  const message = await portal.message({ login: 'recipients', subject: 'Hemligt ärende', recipients })
  const response = await portal.browser().get(message.path)
  const page = await response.text()
  expect(response.status).toBe(200)
  expect(page).toContain('Provkommun')
  expect(page).toContain('Logga in')
  for (const secret of ['Hemligt', 'Karin', 'karin@', 'rapport', 'anna@']) expect(page).not.toContain(secret)
})

test('after the login, the page shows the message', async () => {
  const message = await portal.message({ login: 'recipients', subject: 'Ärende <7>' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  const page = await (await browser.get(message.path)).text()
  for (const shown of [
    'Ärende &lt;7&gt;',
    'Karin Åberg',
    'karin@kommun.example',
    'rapport.pdf',
    'Anna Åkesson',
    '12 byte',
  ]) {
    expect(page).toContain(shown)
  }
})

test('an account that is gone from the directory is logged out within a minute', async () => {
  const message = await portal.message({
    login: 'recipients',
    recipients: ['nils@kommun.example', 'anna@kommun.example'],
  })
  await portal.db.query('delete from sessions')
  const browser = portal.browser()
  await browser.logIn(message.path, 'anna')
  await alter(portal.deps, "update sessions set account_id = 'nils'")
  await portal.db.query("update sessions set account_read_at = now() - interval '59 seconds'")
  expect(await (await browser.download(message.path)).text()).toBe('filens bytes')
  await portal.db.query("update sessions set account_read_at = now() - interval '61 seconds'")
  const page = await (await browser.get(message.path)).text()
  expect(page).toContain('Logga in')
  expect(page).not.toContain('rapport.pdf')
  expect((await portal.db.query("select from sessions where account_id = 'nils'")).rowCount).toBe(0)
})
