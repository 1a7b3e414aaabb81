import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUpkeep } from '#upkeep/upkeep.ts'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, openLoggedIn, type Browser } from '../../support/browser.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert({ outsiders: { domains: [{ domain: 'sparrad.example', policy: 'refuse' }] } }, [
    'portal',
  ])
})
afterAll(() => kuvert.close())

const whole = { to: 'bertil@kommun.example', subject: 'Hej', text: 'Hej Bertil!\r\nÅterkom.', receipt: 'yes' }

async function staff(login = 'anna'): Promise<{ browser: Browser; at: string }> {
  const browser = await openLoggedIn(kuvert.portalUrl, login)
  const fresh = await browser.get('/new')
  return { browser, at: fresh.headers.get('location')! }
}

async function sent(fields: Record<string, string>) {
  const { browser, at } = await staff()
  const answer = await browser.post(at, { 'login-kind': 'recipients', ...whole, ...fields, do: 'send-anyway' })
  return { answer, page: await answer.text(), id: at.slice(5), browser, at }
}

async function messageOf(id: string) {
  const { rows } = await kuvert.deps.db.query<Record<string, unknown>>(
    `select messages.*, (select array_agg(recipient order by recipient) from links where message_id = messages.id) as recipients,
       (select count(*)::int from deliveries join links on links.id = link_id where message_id = messages.id) as copies
     from messages where id = $1`,
    [id],
  )
  return rows[0]
}

test('a message that is sent in the portal becomes a message like any other, and its draft is gone', async () => {
  const { answer, id, browser, at } = await sent({ to: 'bertil@kommun.example, Ulla <ulla@utanfor.example>' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sent/${id}?sent`])
  expect(await messageOf(id)).toMatchObject({
    sender: 'anna@kommun.example',
    sender_name: 'Anna Åkesson <anna@kommun.example>',
    sender_account: 'anna',
    subject: 'Hej',
    login: 'recipients',
    private: true,
    receipt: true,
    recipients: ['bertil@kommun.example', 'ulla@utanfor.example'],
    copies: 2,
  })
  const again = await browser.post(at, { ...whole, do: 'send-anyway' })
  expect(again.status).toBe(404)
  expect(await again.text()).toContain('Utkastet finns inte längre')
})

test('fifty clicks on Send at once send one message', async () => {
  const { browser, at } = await staff()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => browser.post(at, { ...whole, 'login-kind': 'recipients', do: 'send-anyway' })),
  )
  expect(answers.filter(answer => answer.status === 303)).toHaveLength(1)
  expect(await messageOf(at.slice(5))).toMatchObject({ copies: 1 })
})

test('what was chosen is what counts', async () => {
  const { id } = await sent({ 'login-kind': 'none', max: '3', private: 'yes', receipt: '', expires: inDays(5) })
  const message = await messageOf(id)
  expect(message).toMatchObject({ login: 'none', max_downloads: 3, private: true, receipt: false })
  expect(String((message!['expires_at'] as Date).toISOString())).toMatch(new RegExp(`^${inDays(5)}T`))
})

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
}

test('a draft is kept as it was written, and shown to nobody else', async () => {
  const { browser, at } = await staff()
  await browser.post(at, { ...whole, to: 'halvfärdig', text: 'Hemligt <b>än</b>', do: 'save' })
  const page = await (await browser.get(at)).text()
  expect(page).toContain('Hemligt &lt;b&gt;än&lt;/b&gt;')
  expect(page).toContain('halvfärdig')
  const bertil = await staff('bertil')
  expect(await (await bertil.browser.get(at)).text()).not.toContain('Hemligt')
  expect((await bertil.browser.post(at, { ...whole, do: 'save' })).status).toBe(404)
  expect(await (await browser.get(at)).text()).toContain('Hemligt')
  const later = await staff()
  expect(await (await later.browser.get(later.at)).text()).toContain(`href="${at}"`)
})

test('nothing that was written can be read in the database', async () => {
  const { browser, at } = await staff()
  await browser.post(at, { ...whole, subject: 'Ärende 4711', text: 'Patienten heter Ulla', do: 'save' })
  const { rows } = await kuvert.deps.db.query<{ content: Buffer }>('select content from drafts where id = $1', [
    at.slice(5),
  ])
  expect(rows[0]!.content.toString('latin1')).not.toMatch(/4711|Patient/)
})

describe('what keeps a message from being sent is said at once, and all that was written is still there', () => {
  test.each([
    [{ to: '' }, 'Skriv minst en mottagare.'],
    [{ to: 'bertil@kommun.example, kalle' }, 'varken en e-postadress eller en av dina kontakter: kalle'],
    [{ to: 'x@sparrad.example' }, 'Hit får inga säkra meddelanden skickas: x@sparrad.example'],
    [{ text: ' ' }, 'Skriv ett meddelande eller lägg till en fil.'],
    [{ max: '0' }, 'Skriv ett tal från 1 till 1000, eller lämna tomt.'],
    [{ max: '1.5' }, 'Skriv ett tal från 1 till 1000'],
    [{ expires: '2020-01-01' }, 'Välj en dag från i dag'],
    [{ expires: '2026-02-30' }, 'Välj en dag från i dag'],
    [{ expires: '9999-01-01' }, 'högst 180 dagar framåt'],
  ])('%o', async (fields, sentence) => {
    const { answer, page, id } = await sent({ subject: 'Kvar i formuläret', ...fields })
    expect(answer.status).toBe(422)
    expect(page).toContain(sentence)
    expect(page).toContain('value="Kvar i formuläret"')
    expect(await messageOf(id)).toBeUndefined()
  })
})

describe('a choice that fits the recipients badly is pointed out once', () => {
  test.each([
    [{ 'login-kind': 'none' }, 'har konto och kan logga in, men du har valt Ingen inloggning krävs: bertil@'],
    [{ to: 'ulla@utanfor.example' }, 'De får en kod till sin e-post för att logga in: ulla@utanfor.example'],
    [{ private: '' }, 'Texten skickas därför som ett privat meddelande'],
  ])('%o', async (fields, sentence) => {
    const { browser, at } = await staff()
    const written = { 'login-kind': 'recipients', private: 'yes', ...whole, ...fields }
    const page = await (await browser.post(at, { ...written, do: 'send' })).text()
    expect(page).toContain(sentence)
    expect(await messageOf(at.slice(5))).toBeUndefined()
    expect((await browser.post(at, { ...written, do: 'send-anyway' })).status).toBe(303)
  })

  test('one that fits is sent at once', async () => {
    const { browser, at } = await staff()
    const answer = await browser.post(at, { ...whole, 'login-kind': 'recipients', private: 'yes', do: 'send' })
    expect(answer.status).toBe(303)
  })
})

test('whoever is logged out while writing logs in and sends in one step', async () => {
  const { browser, at } = await staff()
  browser.cookies.clear()
  const fields = { ...whole, 'login-kind': 'recipients', text: 'Rad 1\r\n"Rad" <2>', private: 'yes', do: 'send' }
  const asked = await browser.post(at, fields)
  const page = await asked.text()
  expect(asked.status).toBe(403)
  expect(page).toContain('Det du skrev finns kvar')
  expect(page).toContain('name="text" value="Rad 1\r\n&quot;Rad&quot; &lt;2&gt;"')
  const answer = await browser.post(at, { ...fields, login: 'anna', password: 'anna-ord' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `/sent/${at.slice(5)}?sent`])
})

test('a draft that was left alone for a month is forgotten, and a younger one is not', async () => {
  const old = await staff()
  const young = await staff()
  for (const { browser, at } of [old, young]) await browser.post(at, { ...whole, do: 'save' })
  await kuvert.deps.db.query(`update drafts set changed_at = now() - interval '31 days' where id = $1`, [
    old.at.slice(5),
  ])
  await runUpkeep(kuvert.deps)
  const { rows } = await kuvert.deps.db.query('select id from drafts where id = any($1)', [
    [old.at.slice(5), young.at.slice(5)],
  ])
  expect(rows).toEqual([{ id: young.at.slice(5) }])
})

test('a form of another site writes nothing', async () => {
  const { browser, at } = await staff()
  const answer = await browser.post(at, { ...whole, do: 'save' }, { origin: 'https://elsewhere.example' })
  expect(answer.status).toBe(403)
})

describe('whoever is logged out while writing', () => {
  async function posted(at: string, fields: Record<string, string>, file?: Blob): Promise<Response> {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    form.set('file', file ?? new Blob([]), file ? 'underlag.pdf' : '')
    const headers = { origin: kuvert.portalUrl }
    return fetch(new URL(at, kuvert.portalUrl), { method: 'POST', body: form, headers, redirect: 'manual' })
  }
  const fields = { ...whole, 'login-kind': 'recipients', private: 'yes', do: 'send', max: '3' }

  test('loses nothing of what was in the form as browsers send it, and sends it in one step', async () => {
    const { browser, at } = await staff()
    const page = await (await posted(at, fields)).text()
    const carried = Object.fromEntries(
      [...page.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
    )
    expect(carried).toEqual(fields)
    browser.cookies.clear()
    const answer = await browser.post(at, { ...carried, login: 'anna', password: 'anna-ord' })
    expect(answer.headers.get('location')).toBe(`/sent/${at.slice(5)}?sent`)
    expect(await messageOf(at.slice(5))).toMatchObject({ max_downloads: 3, subject: 'Hej' })
  })

  test('is offered no link that would lose it, and is not told that something is kept where nothing was written', async () => {
    const { at } = await staff()
    expect(await (await posted(at, fields)).text()).not.toContain('hreflang')
    const page = await (await openBrowser(kuvert.portalUrl).get('/sent')).text()
    expect(page).toContain('hreflang')
    expect(page).not.toContain('Det du skrev finns kvar')
  })

  test('does not send a message without the files that came with the form', async () => {
    const { browser, at } = await staff()
    const page = await (await posted(at, fields, new Blob(['filens bytes']))).text()
    expect(page).toContain('name="files-lost" value="yes"')
    browser.cookies.clear()
    const again = { ...fields, 'files-lost': 'yes', login: 'anna', password: 'anna-ord' }
    const answer = await browser.post(at, again)
    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain('Filerna följde inte med')
    expect(await messageOf(at.slice(5))).toBeUndefined()
    expect(await (await browser.get(at)).text()).toContain('value="Hej"')
  })
})

test('a form that is larger than any of ours is refused', async () => {
  const { browser, at } = await staff()
  const form = new FormData()
  for (let count = 0; count < 4; count += 1) form.set(`text${count}`, 'x'.repeat(2_000_000))
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: kuvert.portalUrl }
  const answer = await fetch(new URL(at, kuvert.portalUrl), { method: 'POST', body: form, headers })
  expect(answer.status).toBe(413)
})

test('a save of the page that comes later than one after it undoes nothing, and is told how far the draft is', async () => {
  const { browser, at } = await staff()
  const saved = (revision: number, text: string) =>
    browser.post(at, { ...whole, text, revision: `${revision}`, do: 'autosave' })
  const isText = async (text: string) => expect(await (await browser.get(at)).text()).toContain(`\n${text}</textarea>`)
  expect((await saved(1, 'ett')).status).toBe(204)
  expect((await saved(3, 'tre')).status).toBe(204)
  const late = await saved(2, 'två')
  expect([late.status, await late.json()]).toEqual([409, { revision: 3 }])
  await isText('tre')
  // What is saved by a button is later than all that its page has sent before.
  await browser.post(at, { ...whole, text: 'fem', revision: '4', do: 'save' })
  expect((await saved(4, 'fyra')).status).toBe(409)
  await isText('fem')
  for (const revision of ['', '-1', '1e3', '9'.repeat(16), '\0'])
    expect((await browser.post(at, { ...whole, revision, do: 'autosave' })).status).toBe(409)
  await isText('fem')
})

test('the button of another language saves the form, and goes on in that language', async () => {
  const { browser, at } = await staff()
  const page = await (await browser.get(at)).text()
  expect(page).toContain(`formaction="${at}?lang=en"`)
  const answer = await browser.post(`${at}?lang=en`, { ...whole, do: 'language' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `${at}?lang=en`])
  expect(await (await browser.get(`${at}?lang=en`)).text()).toMatch(
    /lang="en"[^]*Hej Bertil!\r?\nÅterkom\.<\/textarea>/,
  )
  expect(await (await browser.get('/account')).text()).toContain('lang="en"')
})
