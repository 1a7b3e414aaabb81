import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser } from '../../support/browser.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

/** Links that lead nowhere, or no longer: what a guesser must not tell apart. */
async function deadLinks(): Promise<Record<string, string>> {
  const wanted = { login: 'recipients', recipients: ['kalle@outside.example'] } as const
  const [expired, revoked, withdrawn, forgotten] = await Promise.all(
    [1, 2, 3, 4].map(() => portal.message({ ...wanted, recipients: [...wanted.recipients] })),
  )
  await alter(portal.deps, "update messages set expires_at = now() - interval '1 second' where id = $1", [expired!.id])
  await portal.db.query('update links set revoked_at = now() where message_id = $1', [revoked!.id])
  await portal.db.query('update messages set revoked = true, ended_at = now(), wrapped_key = null where id = $1', [
    withdrawn!.id,
  ])
  await portal.db.query('delete from messages where id = $1', [forgotten!.id])
  return {
    expired: expired!.path,
    revoked: revoked!.path,
    withdrawn: withdrawn!.path,
    forgotten: forgotten!.path,
    unknown: `/l/${'A'.repeat(32)}`,
  }
}

/** Everything of an answer that could tell, with the token taken out of it. */
async function seen(response: Response, path: string) {
  const hide = (text: string) => text.replaceAll(path.slice(3), 'TOKEN')
  const headers = [...response.headers].filter(([name]) => name !== 'date').map(([name, value]) => [name, hide(value)])
  return {
    status: response.status,
    headers: headers.filter(([name]) => name !== 'set-cookie'),
    body: hide(await response.text()),
  }
}

const asked: [string, (browser: Browser, path: string) => Promise<Response>][] = [
  ['the page', (browser, path) => browser.get(path)],
  ['the page in English', (browser, path) => browser.get(`${path}?lang=en`)],
  ['HEAD', (browser, path) => browser.head(path)],
  ['a file', (browser, path) => browser.post(`${path}/files/0`)],
  ['a file that is not there', (browser, path) => browser.post(`${path}/files/99`)],
  ['all as zip', (browser, path) => browser.post(`${path}/zip`)],
  ['the text', (browser, path) => browser.get(`${path}/text`)],
  ['a ticket for the text', (browser, path) => browser.post(`${path}/text`)],
  ['a wrong login', (browser, path) => browser.logIn(path, 'nobody', 'x')],
  ['a right login', (browser, path) => browser.logIn(path, 'anna')],
  ['a logout', (browser, path) => browser.post(`${path}/logout`)],
  ['the page for codes', (browser, path) => browser.get(`${path}/code`)],
  ['a code', (browser, path) => browser.post(`${path}/code`)],
  ['a wrong code', (browser, path) => browser.post(`${path}/code/enter`, { code: '123456' })],
  ['a malformed code', (browser, path) => browser.post(`${path}/code/enter`, { code: 'abc' })],
]

test.each(asked)(
  '%s: an unknown link, an expired, a revoked and a withdrawn one are answered alike',
  async (_, ask) => {
    const answers = []
    for (const [name, path] of Object.entries(await deadLinks())) {
      await portal.db.query('delete from login_failures')
      await portal.db.query('delete from codes')
      answers.push({ name, ...(await seen(await ask(portal.browser(), path), path)) })
    }
    const unknown = { ...answers.at(-1)!, name: '' }
    for (const answer of answers) expect({ ...answer, name: '' }, answer.name).toEqual(unknown)
  },
)

test('a local who is no recipient is not told which of them it is, either', async () => {
  const answers = []
  for (const path of Object.values(await deadLinks())) {
    const browser = portal.browser()
    await browser.logIn(path, 'cecilia')
    answers.push(await seen(await browser.get(path), path))
  }
  for (const answer of answers) expect(answer).toEqual(answers.at(-1))
})

test('a wrong password and an unknown account are answered alike', async () => {
  const { path } = await portal.message({ login: 'recipients' })
  const answers = []
  for (const [login, password] of [
    ['anna', 'fel-ord'],
    ['nils', 'fel-ord'],
    ['xerxes', ''],
    ['ulrika', 'x\0y'],
  ] as const) {
    await portal.db.query('delete from login_failures')
    const answer = await seen(await portal.browser().logIn(path, login, password), path)
    answers.push({
      ...answer,
      headers: answer.headers.filter(([name]) => name !== 'content-length'),
      body: answer.body.replaceAll(login, 'LOGIN'),
    })
  }
  for (const answer of answers) expect(answer).toEqual(answers[0])
})

test('an account is throttled whether or not there is one', async () => {
  const { path } = await portal.message({ login: 'recipients' })
  const answers = []
  for (const login of ['bertil', 'ingen']) {
    for (let time = 0; time < 5; time += 1) await portal.browser().logIn(path, login, 'fel-ord')
    answers.push(await seen(await portal.browser().logIn(path, login, 'fel-ord'), path))
  }
  expect(answers[0]!.status).toBe(429)
  expect(answers[1]).toEqual(answers[0])
})

test('a ticket that is somebody else’s and one that never was are answered alike', async () => {
  const message = await portal.message({ login: 'none' })
  const theirs = (await portal.browser().post(`${message.path}/files/0`)).headers.get('location')!
  const never = '/d/6f9619ff-8b86-4011-b42d-00c04fc964ff'
  const stranger = portal.browser()
  const hidden = async (path: string) => ({ ...(await seen(await stranger.get(path), path)) })
  const [one, other] = [await hidden(theirs), await hidden(never)]
  expect(one.status).toBe(404)
  expect(one).toEqual(other)
})
