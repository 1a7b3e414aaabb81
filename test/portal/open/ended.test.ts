import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomToken } from '#crypto/link-token.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'
import type { TestMessage, Wanted } from '../../support/test-message.ts'
import { alter } from '../../support/keyring.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

const ends = {
  expired: "update messages set expires_at = '2026-01-02 12:00Z' where id = $1",
  'expired and forgotten':
    "update messages set expires_at = '2026-01-02 12:00Z', ended_at = now(), wrapped_key = null where id = $1",
  withdrawn: 'update messages set revoked = true, ended_at = now(), wrapped_key = null where id = $1',
  'revoked link': 'update links set revoked_at = now() where message_id = $1',
}
const kinds = Object.keys(ends) as (keyof typeof ends)[]

async function endedMessage(kind: keyof typeof ends, wanted: Wanted): Promise<TestMessage> {
  const message = await portal.message(wanted)
  await alter(portal.deps, ends[kind], [message.id])
  return message
}

/** An answer without what differs between any two requests. */
async function lookOf(response: Response, token: string) {
  const headers = [...response.headers].filter(([name]) => name !== 'date')
  return { status: response.status, headers, page: (await response.text()).replaceAll(token, 'TOKEN') }
}

describe.each(kinds)('%s', kind => {
  test('looks like a token that never was, to somebody who is not logged in', async () => {
    const { links } = await endedMessage(kind, { login: 'recipients', lang: 'en' })
    const { token, path } = links[0]!
    const unknown = randomToken().slice(0, token.length)
    const ended = await lookOf(await portal.browser().get(path), token)
    expect(ended).toEqual(await lookOf(await portal.browser().get(`/l/${unknown}`), unknown))
    expect(ended.status).toBe(404)
    const postEnded = await lookOf(await portal.browser().post(`${path}/files/0`), token)
    expect(postEnded).toEqual(await lookOf(await portal.browser().post(`/l/${unknown}/files/0`), unknown))
  })

  test('looks like a token that never was, to a local whom it was not for', async () => {
    const { links } = await endedMessage(kind, { login: 'recipients', lang: 'en' })
    const { token, path } = links[0]!
    const unknown = randomToken().slice(0, token.length)
    const browser = portal.browser()
    await browser.logIn(path, 'cecilia')
    const ended = await lookOf(await browser.get(path), token)
    expect(ended).toEqual(await lookOf(await browser.get(`/l/${unknown}`), unknown))
    expect(ended.page).not.toContain('karin')
  })

  test.each(['recipients', 'locals', 'none'] as const)(
    'with login=%s, a rightful recipient is told, and whom to ask',
    async login => {
      const { path } = await endedMessage(kind, { login })
      const browser = portal.browser()
      if (login !== 'none') await browser.logIn(path, 'anna')
      for (const response of [
        await browser.get(path),
        await browser.post(`${path}/files/0`),
        await browser.get(`${path}/text`),
      ]) {
        const page = await response.text()
        expect(response.status).toBe(410)
        expect(page).toContain(kind.startsWith('expired') ? '2 januari 2026' : 'dragits tillbaka')
        expect(page).toContain('Karin Åberg')
        expect(page).toContain('mailto:karin@kommun.example')
        expect(page).not.toContain('rapport.pdf')
      }
    },
  )
})

test('after a login, the holder of an unknown token is told no more than before', async () => {
  const browser = portal.browser()
  const path = `/l/${randomToken()}`
  expect((await browser.logIn(path, 'anna')).headers.get('location')).toBe(path)
  const response = await browser.get(path)
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('Här finns inget meddelande att öppna')
})

test('a wrong login is answered alike for a live, an ended and an unknown link', async () => {
  const live = await portal.message({ login: 'recipients', lang: 'en' })
  const ended = await endedMessage('expired', { login: 'recipients' })
  const tokens = [live.links[0]!.token, ended.links[0]!.token, randomToken().slice(0, 32)]
  const looks = []
  for (const token of tokens) {
    const response = await portal.browser().post(`/l/${token}/login?lang=sv`, { login: 'anna', password: 'fel' })
    looks.push(await lookOf(response, token))
  }
  expect(looks[0]!.status).toBe(403)
  expect(looks[1]).toEqual(looks[0])
  expect(looks[2]).toEqual(looks[0])
})

test('a used-up file is explained, with the limit and whom to ask', async () => {
  const message = await portal.message({ login: 'none', max: 1 })
  await portal.browser().download(message.path)
  const response = await portal.browser().download(message.path)
  const page = await response.text()
  expect(response.status).toBe(403)
  expect(page).toContain('Avsändaren har tillåtit att det öppnas en gång')
  expect(page).toContain('mailto:karin@kommun.example')
})

test('a file that the message does not have is as unknown as a token', async () => {
  const message = await portal.message({ login: 'none' })
  for (const position of ['1', '-1', '0x0', '00', 'a']) {
    expect((await portal.browser().post(`${message.path}/files/${position}`)).status).toBe(404)
  }
})

test('a local whom the message is not for is told so, by name, and can log out', async () => {
  const message = await portal.message({ login: 'recipients', subject: 'Hemligt' })
  const browser = portal.browser()
  await browser.logIn(message.path, 'cecilia')
  const response = await browser.get(message.path)
  const page = await response.text()
  expect(response.status).toBe(403)
  expect(page).toContain('Cecilia Ek')
  expect(page).toContain(`action="${message.path}/logout"`)
  for (const secret of ['Hemligt', 'Karin', 'rapport.pdf']) expect(page).not.toContain(secret)
})
