import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mailWithAttachment, submit } from '../../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { about, auditOf, read, send, staff } from './sent-message.ts'
import { alter } from '../../support/keyring.ts'

let kuvert: TestKuvert
let anna: Browser
beforeAll(async () => {
  kuvert = await startTestKuvert({}, ['gateway', 'portal'])
  anna = await staff(kuvert)
})
afterAll(() => kuvert.close())

const listed = (subject: string) => `<bdi>${subject}</bdi></a>`

async function listOf(browser: Browser, query = ''): Promise<string> {
  return (await browser.get(`/sent${query}`)).text()
}

test('messages that one has sent are listed, from the portal and from a mail program, and nobody else’s', async () => {
  await send(anna, { subject: 'Från portalen' })
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Från mejlprogrammet'), {
    from: '<A.Akesson@kommun.example>',
    to: ['<bertil@kommun.example>'],
  })
  await send(await staff(kuvert, 'bertil'), { subject: 'Från Bertil', to: 'anna@kommun.example' })
  const page = await listOf(anna)
  expect(page).toContain(listed('Från portalen'))
  expect(page).toContain(listed('Från mejlprogrammet'))
  expect(page).not.toContain('Från Bertil')
})

test('a mail of another account in one’s own name is not one’s own', async () => {
  const path = await send(anna, { subject: 'Cecilias inloggning' })
  await alter(kuvert.deps, `update messages set sender_account = 'cecilia' where id = $1`, [path.split('/')[2]])
  expect(await listOf(anna)).not.toContain('Cecilias inloggning')
  expect((await anna.get(path)).status).toBe(404)
})

test('after sending one comes to the page of the message, which says that it is sent', async () => {
  const answer = await anna.post(`/new/${randomUUID()}`, {
    to: 'bertil@kommun.example, ulla@utanfor.example',
    subject: 'Framme',
    text: 'Hemlig text',
    max: '3',
    'login-kind': 'locals',
    private: 'yes',
    do: 'send-anyway',
  })
  const page = await read(anna, answer.headers.get('location')!)
  expect(page).toContain('Meddelandet är skickat')
  expect(page).toMatch(/Hämtningar per mottagare 3/)
  expect(page).toContain('Mottagarna och andra i organisationen, med inloggning')
  expect(page).toContain('ulla@utanfor.example På väg')
  expect(page).not.toContain('Hemlig text')
})

test('the sender reads the text, private or not, and that is recorded', async () => {
  const path = await send(anna, { text: 'Patienten heter <Ulla>' })
  expect(await read(anna, `${path}?text`)).toContain('Patienten heter <Ulla>')
  expect(await auditOf(kuvert, path)).toContain('text-shown account:anna')
  await submit(kuvert.smtpPort, mailWithAttachment('[secure] Med slank text'), {
    from: '<anna@kommun.example>',
    to: ['<bertil@kommun.example>'],
  })
  const marked = /href="(\/sent\/[\w-]+)"><bdi>Med slank text/.exec(await listOf(anna))![1]!
  const page = await read(anna, `${marked}?text`)
  expect(page).toMatch(/Filer \S+\.\w+ \d+ byte/)
  expect(page).toContain('the text')
})

test('somebody else’s message is as unknown as one that never was, and cannot be changed', async () => {
  const path = await send(anna)
  const bertil = await staff(kuvert, 'bertil')
  const unknown = await bertil.get(`/sent/${randomUUID()}`)
  const others = await bertil.get(path)
  expect([unknown.status, others.status]).toEqual([404, 404])
  const withoutNumbers = async (answer: Response) => (await answer.text()).replace(/[\da-f-]{36}/g, '')
  expect(await withoutNumbers(others)).toBe(await withoutNumbers(unknown))
  for (const action of ['revoke', 'extend', 'max', 'resend', 'recipients'])
    expect([action, (await bertil.post(`${path}/${action}`, { to: 'x@y.example' })).status]).toEqual([action, 404])
  expect((await bertil.get(`${path}/revoke`)).status).toBe(404)
  expect((await bertil.get('/sent/nonsense')).status).toBe(404)
  expect(await about(anna, path, 'bertil@kommun.example')).toContain('På väg')
  expect(await auditOf(kuvert, path)).toEqual(['message-sealed account:anna'])
})

test('without a login there is neither list nor message', async () => {
  const nobody = openBrowser(kuvert.portalUrl)
  for (const path of ['/sent', await send(anna)]) {
    const answer = await nobody.get(path)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain(`name="to" value="${path}"`)
  }
})

describe('searching', () => {
  beforeAll(async () => {
    await send(anna, { subject: 'Ärende 4711 – 100 % klart', to: 'ulla.ost@utanfor.example, bertil@kommun.example' })
    await send(anna, { subject: 'Något annat', to: 'kalle@utanfor.example' })
  })

  test.each([
    ['ärende', true],
    ['ÄRENDE 471', true],
    ['a\u0308rende', true],
    ['klart ulla.ost', true],
    ['UTANFOR.example 4711', true],
    ['100 %', true],
    ['1_0', false],
    ['4712', false],
    ['kalle 4711', false],
    ['\\', false],
  ])('%s', async (search, isFound) => {
    const page = await listOf(anna, `?${new URLSearchParams({ search })}`)
    expect(page.includes('4711 – 100 % klart')).toBe(isFound)
    expect(page).not.toContain(listed('Något annat'))
  })

  test('what was searched for stays in its field, as text', async () => {
    const page = await listOf(anna, `?${new URLSearchParams({ search: '"><b>' })}`)
    expect(page).toContain('value="&quot;&gt;&lt;b&gt;"')
    expect(page).toContain('Inget meddelande har det i ämnet')
  })
})

test('a long list has pages, on which each message stands once, also where many were sent in the same instant', async () => {
  await kuvert.deps.db.query(
    `insert into messages (id, sender, sender_name, sender_account, subject, login, private, receipt, lang, expires_at, key_id,
       wrapped_key, copy, slim_object_key, slim_size_bytes, slim_slots, envelope_parameters, created_at, search_text, sender_key, link_key_id, mac)
     select gen_random_uuid(), 'c@kommun.example', 'C', case when n % 2 = 0 then 'cecilia' end, 'Lång lista ' || n, 'recipients',
       false, false, 'sv', now() + interval '1 day', 'k', '\\x00', 'detach', 'k' || n, 0, '[]', '{}', date_trunc('milliseconds', now()) - n / 40 * interval '1 day',
       'lång lista ' || n, 'c@kommun.example', '', ''
     from generate_series(1, 120) as n`,
  )
  await alter(
    kuvert.deps,
    `update messages set sender = 'Cecilia@kommun.example', sender_key = 'cecilia@kommun.example' where sender = 'c@kommun.example'`,
  )
  const cecilia = await staff(kuvert, 'cecilia')
  for (const [query, count] of [
    ['', 120],
    ['?search=lista+1', 40],
  ] as const) {
    const seen: string[] = []
    for (let path: string | undefined = `/sent${query}`; path !== undefined;) {
      const page: string = await (await cecilia.get(path)).text()
      seen.push(...[...page.matchAll(/Lång lista \d+/g)].map(([found]) => found))
      path = /href="(\/sent\?[^"]+)" rel="next"/.exec(page)?.[1]?.replaceAll('&amp;', '&')
    }
    expect([seen.length, new Set(seen).size]).toEqual([count, count])
  }
})
