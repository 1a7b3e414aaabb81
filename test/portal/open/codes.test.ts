import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hashToken } from '#crypto/link-token.ts'
import { hashCode } from '#crypto/one-time-code.ts'
import { mailedCode, mailsTo, wrongCode } from '../../support/mailed-code.ts'
import type { Wanted } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

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

test('the page of an outsider’s link offers a code, and tells nothing of the message or the address', async () => {
  const message = await outsiders({ subject: 'Hemligt ärende' })
  const page = await (await portal.browser().get(message.path)).text()
  expect(page).toContain(`<form method="post" action="${message.path}/code?lang=sv">`)
  expect(page).toContain('name="password"')
  for (const secret of ['Hemligt', 'Karin', 'karin@', 'rapport', olle, 'utanfor']) expect(page).not.toContain(secret)
})

test('the page of a local’s link offers none, and none is mailed to a local', async () => {
  const message = await portal.message({ login: 'recipients' })
  expect(await (await portal.browser().get(message.path)).text()).not.toContain('/code')
  for (const answer of [
    await portal.browser().askForCode(message.path),
    await portal.browser().get(`${message.path}/code`),
    await portal.browser().enterCode(message.path, '123456'),
  ]) {
    expect([answer.status, answer.headers.get('location')]).toEqual([303, message.path])
  }
  expect(await mailsTo(portal.deps, 'anna@kommun.example')).toEqual([])
})

test('GET asks for nothing: not the link, not the page for codes, not where its forms are sent', async () => {
  const message = await outsiders({ recipients: ['get@utanfor.example'] })
  for (const path of ['', '/code', '/code?sent', '/code/enter', '/code/enter?code=123456']) {
    await portal.browser().get(`${message.path}${path}`)
    await portal.browser().head(`${message.path}${path}`)
  }
  expect(await mailsTo(portal.deps, 'get@utanfor.example')).toEqual([])
  expect((await portal.db.query('select from codes')).rowCount).toBe(0)
})

test('a code asked for in one browser opens the message in another', async () => {
  const message = await outsiders()
  const asked = await portal.browser().askForCode(message.path)
  expect([asked.status, asked.headers.get('location')]).toEqual([303, `${message.path}/code?sent`])
  expect(asked.headers.has('set-cookie')).toBe(false)
  const phone = portal.browser()
  expect(await (await phone.get(`${message.path}/code`)).text()).toContain('autocomplete="one-time-code"')
  const entered = await phone.enterCode(message.path, await mailedCode(portal.deps, olle))
  expect([entered.status, entered.headers.get('location')]).toEqual([303, message.path])
  const page = await (await phone.get(message.path)).text()
  for (const shown of ['Underlag till mötet', 'rapport.pdf', `Inloggad som <bdi>${olle}</bdi>`, 'Logga ut']) {
    expect(page).toContain(shown)
  }
  expect(await (await phone.download(message.path)).text()).toBe('filens bytes')
})

test.each(['123456', ' 123 456 ', '123-456', '１２３４５６'])('a code may be typed as "%s"', async typed => {
  const message = await outsiders()
  await portal.browser().askForCode(message.path)
  await plantCode(message.links[0]!.token, '123456')
  expect((await portal.browser().enterCode(message.path, typed)).headers.get('location')).toBe(message.path)
})

test.each(['', '12345', '1234567', '12345a', '<b>12</b>'])('"%s" is no code, and costs no try', async typed => {
  const message = await outsiders()
  await portal.browser().askForCode(message.path)
  const response = await portal.browser().enterCode(message.path, typed)
  const page = await response.text()
  expect([response.status, page.includes('En kod är sex siffror.')]).toEqual([403, true])
  expect(page).toContain('aria-describedby="code-error code-hint"')
  expect((await portal.db.query('select tries from codes')).rows).toEqual([{ tries: 0 }])
})

describe('a code is of no use', () => {
  test('a second time', async () => {
    const message = await outsiders()
    await portal.browser().askForCode(message.path)
    const code = await mailedCode(portal.deps, olle)
    expect((await portal.browser().enterCode(message.path, code)).status).toBe(303)
    await expectEnded(message.path, code)
  })

  test('after 15 minutes', async () => {
    const message = await outsiders()
    await portal.browser().askForCode(message.path)
    const code = await mailedCode(portal.deps, olle)
    const { rows } = await portal.db.query(
      'select extract(epoch from ends_at - asked_at)::integer as seconds from codes',
    )
    expect(rows).toEqual([{ seconds: 15 * 60 }])
    await portal.db.query('update codes set ends_at = now()')
    await expectEnded(message.path, code)
  })

  test('once a newer one was asked for', async () => {
    const message = await outsiders()
    const codes: string[] = []
    while (new Set(codes).size < 2) {
      await portal.db.query("update codes set asked_at = asked_at - interval '1 hour'")
      await portal.browser().askForCode(message.path)
      codes.push(await mailedCode(portal.deps, olle))
    }
    expect((await portal.browser().enterCode(message.path, codes[0]!)).status).toBe(403)
    expect((await portal.browser().enterCode(message.path, codes.at(-1)!)).status).toBe(303)
  })

  test('at another link, not even at one of the same message or the same recipient', async () => {
    const message = await outsiders({ recipients: [olle, 'other@utanfor.example'] })
    const another = await outsiders()
    await portal.browser().askForCode(message.path)
    const code = await mailedCode(portal.deps, olle)
    for (const path of [message.links[1]!.path, another.path]) {
      await expectEnded(path, code)
      await portal.browser().askForCode(path)
      await plantCode(path.slice(3), wrongCode(code))
      expect((await portal.browser().enterCode(path, code)).status).toBe(403)
    }
  })

  test('after five wrong ones, each of which says how many are left', async () => {
    const message = await outsiders()
    await portal.browser().askForCode(message.path)
    const code = await mailedCode(portal.deps, olle)
    for (const left of ['4 gånger', '3 gånger', '2 gånger', 'en gång']) {
      const response = await portal.browser().enterCode(message.path, wrongCode(code))
      expect([response.status, (await response.text()).includes(`Du kan försöka ${left} till`)]).toEqual([403, true])
    }
    await expectEnded(message.path, wrongCode(code))
    await expectEnded(message.path, code)
  })

  async function expectEnded(path: string, code: string): Promise<void> {
    const browser = portal.browser()
    const response = await browser.enterCode(path, code)
    expect([response.status, (await response.text()).includes('Be om en ny kod.')]).toEqual([403, true])
    expect(await (await browser.download(path)).text()).not.toContain('filens bytes')
  }
})

test('of fifty wrong codes at the same instant five are looked at, and then not even the right one', async () => {
  const message = await outsiders()
  await portal.browser().askForCode(message.path)
  const code = await mailedCode(portal.deps, olle)
  const answers = await Promise.all(
    Array.from({ length: 50 }, async () => (await portal.browser().enterCode(message.path, wrongCode(code))).text()),
  )
  expect(answers.filter(page => page.includes('Det är fel kod')).length).toBe(4)
  expect((await portal.db.query('select tries from codes')).rows).toEqual([{ tries: 5 }])
  expect((await portal.browser().enterCode(message.path, code)).status).toBe(403)
})

test('a code stands against strangers with the link, who ask for others and guess', async () => {
  const other = await startTestPortal({ portal: { trustProxy: ['127.0.0.0/8', '::1'] } })
  const { path } = await other.message({ login: 'recipients', recipients: [olle] })
  const from = (address: string) => ({ origin: other.origin, 'x-forwarded-for': address })
  const ask = (address: string) => other.browser().post(`${path}/code`, {}, from(address))
  const enter = async (address: string, code: string) =>
    (await other.browser().post(`${path}/code/enter`, { code }, from(address))).status
  await ask('192.0.2.1')
  const code = await mailedCode(other.deps, olle)
  await ask('203.0.113.1')
  for (let guess = 0; guess < 10; guess += 1) expect(await enter('203.0.113.1', wrongCode(code))).toBe(403)
  const tries = 'select tries, tries_elsewhere from codes order by asked_at'
  expect((await other.db.query(tries)).rows).toEqual([
    { tries: 0, tries_elsewhere: 3 },
    { tries: 5, tries_elsewhere: 0 },
  ])
  expect(await enter('203.0.113.2', code), 'its tries from elsewhere are used up').toBe(403)
  expect(await enter('192.0.2.1', code)).toBe(303)
  await other.close()
})

test('asked again within a minute, the same code goes on, and nothing more is mailed', async () => {
  const recipient = 'again@utanfor.example'
  const message = await outsiders({ recipients: [recipient] })
  for (let time = 0; time < 3; time += 1) {
    const asked = await portal.browser().askForCode(message.path)
    expect(asked.headers.get('location')).toBe(`${message.path}/code?sent`)
  }
  const mails = await mailsTo(portal.deps, recipient)
  expect(mails).toHaveLength(1)
  const code = await mailedCode(portal.deps, recipient)
  for (let guess = 0; guess < 5; guess += 1) await portal.browser().enterCode(message.path, wrongCode(code))
  // Of a code that is of no use any more, there is another at once.
  await portal.browser().askForCode(message.path)
  expect(await mailsTo(portal.deps, recipient)).toHaveLength(2)
  const entered = await portal.browser().enterCode(message.path, await mailedCode(portal.deps, recipient))
  expect(entered.status).toBe(303)
})

test('of twenty right codes at the same instant one logs in', async () => {
  const message = await outsiders()
  await portal.browser().askForCode(message.path)
  const code = await mailedCode(portal.deps, olle)
  const answers = await Promise.all(Array.from({ length: 20 }, () => portal.browser().enterCode(message.path, code)))
  expect(answers.filter(answer => answer.status === 303)).toHaveLength(1)
})

test('a form for codes is taken from a page of ours only', async () => {
  const message = await outsiders({ recipients: ['site@utanfor.example'] })
  for (const path of ['/code', '/code/enter']) {
    const response = await portal
      .browser()
      .post(`${message.path}${path}`, { code: '123456' }, { origin: 'https://evil.example' })
    expect(response.status).toBe(403)
  }
  expect(await mailsTo(portal.deps, 'site@utanfor.example')).toEqual([])
})

test('the log tells no code, no token and no address', async () => {
  const recipient = 'secret@utanfor.example'
  const message = await outsiders({ recipients: [recipient] })
  await portal.browser().askForCode(message.path)
  const code = await mailedCode(portal.deps, recipient)
  await portal.browser().enterCode(message.path, wrongCode(code))
  await portal.browser().enterCode(message.path, code)
  expect(portal.log()).toContain('Logged in with a code')
  for (const secret of [`"${code}"`, `"${wrongCode(code)}"`, message.links[0]!.token, recipient]) {
    expect(portal.log()).not.toContain(secret)
  }
})

/** Makes the link's valid code this one. */
async function plantCode(token: string, code: string): Promise<void> {
  const { rows } = await portal.db.query<{ id: string; tokenHash: Buffer }>(
    'select id, token_hash as "tokenHash" from codes where ended_at is null order by asked_at desc limit 1',
  )
  const { id, tokenHash } = rows[0]!
  expect(tokenHash).toEqual(hashToken(token))
  const codeHash = hashCode(portal.deps.keyring.derive('code key'), { codeId: id, tokenHash }, code)
  await portal.db.query('update codes set code_hash = $2 where id = $1', [id, codeHash])
}
