import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { aMinuteLater, mailedCode, mailsTo } from '../../support/mailed-code.ts'
import type { Wanted } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
// Every test comes from the same address.
beforeEach(async () => {
  await portal.db.query('delete from codes')
})
afterAll(() => portal.close())

const olle = 'olle@utanfor.example'
const outsiders = (wanted: Partial<Wanted> = {}) =>
  portal.message({ login: 'recipients', recipients: [olle], ...wanted })

describe('an outsider’s session', () => {
  test('replaces the one that the browser had, ends at logout, and is no account', async () => {
    const message = await outsiders()
    const browser = portal.browser()
    await browser.logIn(message.path, 'anna')
    const before = browser.cookies.get('kuvert')!
    await logInByCode(browser, message.path)
    const after = browser.cookies.get('kuvert')!
    expect(after).not.toBe(before)
    const thief = portal.browser()
    thief.cookies.set('kuvert', before)
    expect(await (await thief.get((await portal.message({ login: 'recipients' })).path)).text()).toContain('Logga in')
    await browser.post(`${message.path}/logout`)
    thief.cookies.set('kuvert', after)
    expect(await (await thief.get(message.path)).text()).toContain('name="password"')
  })

  test.each([
    ['idle for too long', "update sessions set last_seen_at = now() - interval '31 minutes'"],
    ['as old as it may get', 'update sessions set ends_at = now()'],
  ])('has ended when it is %s', async (_, change) => {
    const message = await outsiders()
    const browser = portal.browser()
    await logInByCode(browser, message.path)
    await alter(portal.deps, change)
    expect(await (await browser.get(message.path)).text()).toContain('name="password"')
  })

  test('opens nothing that asks for an account', async () => {
    const message = await outsiders({ recipients: [olle, 'anna@kommun.example'], login: 'locals' })
    const browser = portal.browser()
    await logInByCode(browser, message.path)
    expect(await (await browser.download(message.links[1]!.path)).text()).not.toContain('filens bytes')
    expect(await (await browser.download((await portal.message({ login: 'locals' })).path)).text()).not.toContain(
      'filens bytes',
    )
  })
})

test('an ended message and an unknown link look alike, to whoever asks for a code and has none', async () => {
  const ended = await outsiders({ lang: 'en', recipients: ['ended@utanfor.example'] })
  const local = await portal.message({ login: 'recipients', lang: 'en' })
  await alter(portal.deps, 'update messages set expires_at = now() where id = any($1)', [[ended.id, local.id]])
  const looks = []
  for (const token of [ended.links[0]!.token, local.links[0]!.token, 'x'.repeat(32)]) {
    const browser = portal.browser()
    const at = `/l/${token}`
    const answers = [
      await browser.get(`${at}/code`),
      await browser.get(`${at}/code?sent`),
      await browser.enterCode(at, '123456'),
    ]
    // Three may be asked for, and then there is a while to wait.
    for (let time = 0; time < 4; time += 1) {
      answers.push(await browser.askForCode(at))
      await aMinuteLater(portal.db)
    }
    expect(answers.map(answer => answer.status)).toEqual([200, 200, 403, 303, 303, 303, 429])
    for (let time = 0; time < 5; time += 1) answers.push(await browser.enterCode(at, `00000${time}`))
    looks.push(
      await Promise.all(
        answers.map(async answer => ({
          status: answer.status,
          headers: [...answer.headers]
            .filter(([name]) => name !== 'date')
            .map(([, value]) => value.replace(token, 'TOKEN')),
          page: (await answer.text()).replaceAll(token, 'TOKEN'),
        })),
      ),
    )
  }
  expect(looks[1]).toEqual(looks[0])
  expect(looks[2]).toEqual(looks[0])
  expect(await mailsTo(portal.deps, 'ended@utanfor.example')).toHaveLength(3)
  expect(await mailsTo(portal.deps, 'anna@kommun.example')).toEqual([])
})

test('a rightful recipient is told that the message has expired, once they have entered a code', async () => {
  const message = await outsiders()
  await alter(portal.deps, "update messages set expires_at = '2026-01-02 12:00Z' where id = $1", [message.id])
  const browser = portal.browser()
  expect(await (await browser.get(message.path)).text()).toContain(`href="${message.path}/code"`)
  await logInByCode(browser, message.path)
  const answer = await browser.get(message.path)
  const page = await answer.text()
  expect(answer.status).toBe(410)
  for (const told of ['2 januari 2026', 'Karin Åberg', 'mailto:karin@kommun.example']) expect(page).toContain(told)
})

async function logInByCode(browser: ReturnType<TestPortal['browser']>, path: string): Promise<void> {
  await browser.askForCode(path)
  expect((await browser.enterCode(path, await mailedCode(portal.deps, olle))).status).toBe(303)
}
