import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Login } from '#model.ts'
import { startTestPortal, type TestPortal } from './test-portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const recipients = ['anna@kommun.example', 'socialtjansten@kommun.example', 'olle@utanfor.example']

/** Who follows whose link, and what comes of it: bytes counted for whom, or a status. */
interface Cell {
  login: Login
  who: string | null
  follows: number
  outcome: { countsFor: 'link 0' | 'link 1' | 'link 2' | `account:${string}` } | { status: number }
}

const needsLogin = { status: 303 }
const cells: Cell[] = [
  { login: 'recipients', who: 'anna', follows: 0, outcome: { countsFor: 'link 0' } },
  { login: 'recipients', who: 'bertil', follows: 1, outcome: { countsFor: 'link 1' } },
  { login: 'recipients', who: 'anna', follows: 2, outcome: { countsFor: 'link 0' } },
  { login: 'recipients', who: 'cecilia', follows: 0, outcome: { status: 403 } },
  { login: 'recipients', who: 'cecilia', follows: 2, outcome: { status: 403 } },
  { login: 'recipients', who: null, follows: 0, outcome: needsLogin },
  { login: 'recipients', who: null, follows: 2, outcome: needsLogin },
  { login: 'locals', who: 'anna', follows: 0, outcome: { countsFor: 'link 0' } },
  { login: 'locals', who: 'bertil', follows: 0, outcome: { countsFor: 'link 1' } },
  { login: 'locals', who: 'cecilia', follows: 0, outcome: { countsFor: 'account:cecilia' } },
  { login: 'locals', who: 'cecilia', follows: 2, outcome: { countsFor: 'account:cecilia' } },
  { login: 'locals', who: null, follows: 0, outcome: needsLogin },
  { login: 'none', who: null, follows: 0, outcome: { countsFor: 'link 0' } },
  { login: 'none', who: null, follows: 2, outcome: { countsFor: 'link 2' } },
  { login: 'none', who: 'anna', follows: 2, outcome: { countsFor: 'link 2' } },
  { login: 'none', who: 'cecilia', follows: 1, outcome: { countsFor: 'link 1' } },
]

describe('who may fetch a file, and whom it counts for', () => {
  test.each(cells)('login=$login: $who by link $follows → $outcome', async ({ login, who, follows, outcome }) => {
    const message = await portal.message({ login, recipients })
    const { path } = message.links[follows]!
    const browser = portal.browser()
    if (who) expect((await browser.logIn(path, who)).status).toBe(303)
    const response = await browser.download(path)
    const counts = await portal.db.query<{ person: string; used: number }>(
      'select person, used from counts where file_id = $1',
      [message.files[0]!.id],
    )
    if ('status' in outcome) {
      // A redirect leads back to the page with the login, whose own status is 200.
      expect(response.status).toBe(outcome.status === 303 ? 200 : outcome.status)
      expect(await response.text()).not.toContain('filens bytes')
      expect(counts.rows).toEqual([])
      return
    }
    expect(await response.text()).toBe('filens bytes')
    const { countsFor } = outcome
    const person = countsFor.startsWith('link ') ? `link:${message.links[Number(countsFor.slice(5))]!.id}` : countsFor
    expect(counts.rows).toEqual([{ person, used: 1 }])
  })
})

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
  const { rows } = await portal.db.query('select person from counts where file_id = $1', [message.files[0]!.id])
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
  await portal.db.query("update sessions set account_id = 'nils', account_read_at = now() - interval '59 seconds'")
  expect(await (await browser.download(message.path)).text()).toBe('filens bytes')
  await portal.db.query("update sessions set account_read_at = now() - interval '61 seconds'")
  const page = await (await browser.get(message.path)).text()
  expect(page).toContain('Logga in')
  expect(page).not.toContain('rapport.pdf')
  expect((await portal.db.query("select from sessions where account_id = 'nils'")).rowCount).toBe(0)
})
