import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestKuvert, type TestKuvert } from '../../support/kuvert.ts'
import { openBrowser, openLoggedIn, type Browser } from '../../support/browser.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  const bounds = [{ login: ['recipients' as const, 'locals' as const], expiresAtMostDays: 60 }]
  kuvert = await startTestKuvert({ classify: { bounds } }, ['portal'])
})
afterAll(() => kuvert.close())

const staff = (login: string) => openLoggedIn(kuvert.portalUrl, login)

const pageOf = async (browser: Browser) => (await browser.get('/account')).text()

async function imported(browser: Browser, bytes: Uint8Array<ArrayBuffer> | string): Promise<Response> {
  const form = new FormData()
  form.append('file', new Blob([bytes]), 'kontakter')
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: kuvert.portalUrl }
  return fetch(`${kuvert.portalUrl}/account/import`, { method: 'POST', body: form, headers, redirect: 'manual' })
}

test('a contact with several addresses is a group: its name stands for all of them', async () => {
  const anna = await staff('anna')
  const addresses = 'bertil@kommun.example, Cecilia <cecilia@kommun.example>'
  expect((await anna.post('/account/contacts', { name: 'Gruppen', addresses, do: 'add' })).status).toBe(303)
  expect(await pageOf(anna)).toContain('bertil@kommun.example, cecilia@kommun.example')
  const at = (await anna.get('/new')).headers.get('location')!
  const form = { to: 'gruppen', subject: 'S', text: 'T', private: 'yes', 'login-kind': 'recipients', do: 'send' }
  expect((await anna.post(at, form)).status).toBe(303)
  const { rows } = await kuvert.deps.db.query('select recipient from links where message_id = $1 order by 1', [
    at.slice(5),
  ])
  expect(rows.map(row => row['recipient'])).toEqual(['bertil@kommun.example', 'cecilia@kommun.example'])
})

test('Åsa and åsa are one contact', async () => {
  const cecilia = await staff('cecilia')
  const keep = (name: string) =>
    cecilia.post('/account/contacts', { name, addresses: 'asa@utanfor.example', do: 'add' })
  expect((await keep('Åsa Öberg')).status).toBe(303)
  const again = await keep('åsa öberg')
  expect(await again.text()).toContain('Det finns redan en kontakt med namnet')
  expect((await pageOf(cecilia)).match(/<bdi>[åÅ]sa/g)).toHaveLength(1)
})

test('contacts are changed and removed, and nobody else sees or changes them', async () => {
  const anna = await staff('anna')
  await anna.post('/account/contacts', { name: 'Karl', addresses: 'karl@utanfor.example', do: 'add' })
  const id = /name="id" value="([\da-f-]+)"[\s\S]{0,200}?value="Karl"/.exec(await pageOf(anna))![1]!
  const bertil = await staff('bertil')
  expect(await pageOf(bertil)).not.toContain('karl@utanfor.example')
  await bertil.post('/account/contacts', { id, do: 'remove' })
  await bertil.post('/account/contacts', { id, name: 'Karl', addresses: 'b@c.example', do: 'change' })
  expect(await pageOf(anna)).toContain('karl@utanfor.example')
  await anna.post('/account/contacts', { id, name: 'Karl', addresses: 'ny@utanfor.example', do: 'change' })
  expect(await pageOf(anna)).toContain('ny@utanfor.example')
  await anna.post('/account/contacts', { id, do: 'remove' })
  expect(await pageOf(anna)).not.toContain('ny@utanfor.example')
})

describe('a contact that cannot be kept is said why, and what was typed is still there', () => {
  test.each([
    [{ name: '', addresses: 'a@b.example' }, 'Skriv ett namn.'],
    [{ name: 'Ulla', addresses: '' }, 'Skriv minst en e-postadress.'],
    [{ name: 'Ulla', addresses: 'ulla' }, 'Det här är inga e-postadresser: ulla'],
    [
      { name: 'chef@kommun.example', addresses: 'ond@utanfor.example' },
      'Ett namn får inte vara en annan e-postadress.',
    ],
    [{ name: 'Finns redan', addresses: 'a@b.example' }, 'Det finns redan en kontakt med namnet Finns redan.'],
  ])('%o', async (fields, sentence) => {
    const cecilia = await staff('cecilia')
    await cecilia.post('/account/contacts', { name: 'Finns redan', addresses: 'x@y.example', do: 'add' })
    const answer = await cecilia.post('/account/contacts', { ...fields, do: 'add' })
    const page = await answer.text()
    expect(answer.status).toBe(422)
    expect(page).toContain(sentence)
    expect(page).toContain(`value="${fields.name}"`)
  })
})

test('what is saved as a file is read again, as cards and as a table', async () => {
  const bertil = await staff('bertil')
  await bertil.post('/account/contacts', { name: 'Öst, "Å" & Co', addresses: 'a@b.example, c@d.example', do: 'add' })
  for (const kind of ['vcf', 'csv']) {
    const file = await (await bertil.get(`/account/contacts.${kind}`)).text()
    const cecilia = await staff('cecilia')
    expect((await imported(cecilia, file)).status).toBe(200)
    const page = await pageOf(cecilia)
    expect(page).toContain('a@b.example, c@d.example')
    const entry = page.split('<li>').find(item => item.includes('a@b.example'))!
    const id = /name="id" value="([\da-f-]+)"/.exec(entry)![1]!
    await cecilia.post('/account/contacts', { id, do: 'remove' })
  }
})

describe('files of other programs', () => {
  test.each([
    [
      'a card of version 2.1, quoted-printable',
      'BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85kesson;Eva;;;\r\nEMAIL;INTERNET:eva@x.example\r\nEND:VCARD\r\n',
      'Eva Åkesson',
      'eva@x.example',
    ],
    [
      'a card of version 4.0, folded',
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Per Lång\r\nEMAIL;TYPE=work:per@lang\r\n.example\r\nEND:VCARD\r\n'.replace(
        'lang\r\n.',
        'lang\r\n .',
      ),
      'Per Lång',
      'per@lang.example',
    ],
    [
      'a table from Outlook in Swedish',
      'Förnamn;Efternamn;E-postadress;E-post 2-adress\r\nEva;Ek;eva@ek.example;e2@ek.example\r\n',
      'Eva Ek',
      'eva@ek.example, e2@ek.example',
    ],
    [
      'a table from Google',
      'First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value\r\nBo,Al,Home,bo@al.example\r\n',
      'Bo Al',
      'bo@al.example',
    ],
  ])('%s', async (_, file, name, addresses) => {
    const anna = await staff('anna')
    const answer = await imported(anna, file)
    expect(await answer.text()).toContain('Tillagda: 1.')
    const page = await pageOf(anna)
    expect(page).toContain(`<bdi>${name}</bdi>`)
    expect(page).toContain(addresses)
  })

  test('a file that is none is refused with a sentence', async () => {
    const answer = await imported(await staff('anna'), new Uint8Array(1000))
    expect([answer.status, (await answer.text()).includes('inga kontakter som går att läsa')]).toEqual([422, true])
  })

  test.each([
    ['of more lines than there can be contacts', 'Namn;E-post\n' + 'x\n'.repeat(5001)],
    ['above 1 MiB', `Namn;E-post\nEva;${'x'.repeat(1024 ** 2)}\n`],
    ['of more cards than there can be contacts', 'BEGIN:VCARD\nEMAIL:a@b.example\nEND:VCARD\n'.repeat(5001)],
  ])('a file %s is refused with a sentence that says how much is read', async (_, file) => {
    const answer = await imported(await staff('anna'), file)
    expect([answer.status, (await answer.text()).includes('högst 5000 rader eller kontakter')]).toEqual([422, true])
  })
})

test('the signature stands at the end of what is sent', async () => {
  const cecilia = await staff('cecilia')
  await cecilia.post('/account/signature', { signature: 'Cecilia Ek\r\nSocialtjänsten' })
  expect(await pageOf(cecilia)).toContain('Socialtjänsten')
  const at = (await cecilia.get('/new')).headers.get('location')!
  expect(await (await cecilia.get(at)).text()).toContain('Din signatur läggs till när du skickar.')
  const form = { to: 'anna@kommun.example', subject: 'S', text: 'Hej', private: 'yes', 'login-kind': 'recipients' }
  expect((await cecilia.post(at, { ...form, do: 'send' })).status).toBe(303)
  const page = await (await cecilia.get(`/sent/${at.slice(5)}?text`)).text()
  expect(page).toMatch(/Hej[\s\S]*Cecilia Ek[\s\S]*Socialtjänsten/)
})

test('what is chosen beforehand is chosen in a new message, within what the admin allows', async () => {
  const bertil = await staff('bertil')
  const chosen = { 'login-kind': 'locals', max: '3', days: '90', private: 'yes' }
  expect((await bertil.post('/account/defaults', chosen)).status).toBe(303)
  const at = (await bertil.get('/new')).headers.get('location')!
  const page = (await (await bertil.get(at)).text()).replaceAll(/\s+/g, ' ')
  expect(page).toMatch(/value="locals"[^>]* checked/)
  expect(page).not.toContain('value="none"')
  expect(page).toMatch(/name="max"[^>]* value="3"/)
  expect(page).toMatch(/name="private" value="yes" checked/)
  expect(page).not.toMatch(/name="receipt" value="yes" checked/)
  expect(await pageOf(bertil)).toMatch(/name="days"[^>]*value="60"/)
})

test('without a login there is nothing to see', async () => {
  for (const path of ['/account', '/account/contacts.vcf', '/account/contacts.csv'])
    expect((await openBrowser(kuvert.portalUrl).get(path)).status).toBe(403)
})
