import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPortal } from '#portal/portal.ts'
import { startTestKuvert } from '../../support/kuvert.ts'
import { connectSmtp } from '../../support/smtp-client.ts'
import { openBrowser, type Browser } from '../../support/browser.ts'
import { largeHtml, mailOf, slowestHtml } from '../../support/large-html.ts'
import { insertTestMessage, type TestMessage } from '../../support/test-message.ts'
import { startTestPortal, type TestPortal } from '../../support/test-portal.ts'

const megabyte = 1024 * 1024
const privateText = (content: Buffer) => ({
  login: 'none' as const,
  max: 1,
  files: [{ name: 'message.eml', content, kind: 'body' as const, mediaType: 'message/rfc822' }],
})

let portal: TestPortal
beforeAll(async () => {
  portal = await startTestPortal()
})
afterAll(() => portal.close())

/** A browser that has asked for the text of a message. */
async function reader(message: TestMessage, origin = portal.origin): Promise<Browser> {
  const browser = openBrowser(origin)
  expect((await browser.post(`${message.path}/text`)).status).toBe(303)
  return browser
}

describe('a text that is hard to read is shown, or offered as a mail, and never an error', () => {
  test.each(Object.keys(largeHtml).flatMap(name => [1, 2].map(size => [name, size] as const)))(
    '%s, %d MiB',
    async (name, size) => {
      const message = await portal.message(privateText(mailOf('text/html', largeHtml[name]!(size * megabyte))))
      const browser = await reader(message)
      for (const [language, sentence] of [
        ['sv', 'för lång eller för invecklad för att visas här. Hämta den som .eml-fil'],
        ['en', 'too long or too intricate to be shown here. Download it as an .eml file'],
      ]) {
        const page = await browser.get(`${message.path}/text?lang=${language}`)
        expect(page.status).toBe(200)
        expect(await page.text()).toMatch(new RegExp(`${sentence}|<iframe`))
      }
    },
  )

  test('HTML that is too much gives way to the plain text beside it, and the page says that there is more', async () => {
    const parts = ['text/plain', 'Den enkla', 'text/html', largeHtml['nested tags']!(megabyte)]
    const message = await portal.message(
      privateText(
        Buffer.from(
          `Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: ${parts[0]}\r\n\r\n${parts[1]}\r\n--b\r\nContent-Type: ${parts[2]}\r\n\r\n${parts[3]}\r\n--b--\r\n`,
        ),
      ),
    )
    const page = await (await (await reader(message)).get(`${message.path}/text`)).text()
    expect(page).toContain('Den enkla')
    expect(page).toContain('Allt visas inte här')
  })
})

test('mails are relayed and pages answered while the slowest texts are read', async () => {
  const kuvert = await startTestKuvert()
  const { db, objects, masterKeys, keyring } = kuvert.deps
  const message = await insertTestMessage(
    { db, objects, masterKeys, keyring },
    {
      ...privateText(mailOf('text/html', slowestHtml)),
      max: null,
    },
  )
  const readers = await Promise.all([1, 2, 3, 4].map(() => reader(message, kuvert.portalUrl)))
  const isOpened = Promise.withResolvers<void>()
  const { open } = objects
  objects.open = (...asked) => {
    isOpened.resolve()
    return open.apply(objects, asked)
  }
  const done: string[] = []
  const views = readers.map(async browser => {
    const page = await browser.get(`${message.path}/text`)
    done.push('text')
    expect(page.status).toBe(200)
  })
  await isOpened.promise
  const { client, greeting } = await connectSmtp(kuvert.smtpPort)
  expect(greeting.code).toBe(220)
  for (const line of ['EHLO x.example', 'MAIL FROM:<a@x.example>', 'RCPT TO:<b@x.example>']) await client.say(line)
  expect((await client.data(Buffer.from('Subject: x\r\n\r\nx\r\n'))).code).toBe(250)
  done.push('mail')
  for (const path of ['/healthz', message.path]) expect((await fetch(kuvert.portalUrl + path)).status).toBe(200)
  done.push('pages')
  await Promise.all(views)
  client.close()
  await kuvert.close()
  expect(done).toEqual(['mail', 'pages', 'text', 'text', 'text', 'text'])
})

describe('a text is offered as a mail, and the next one is shown, if it takes', () => {
  const manyRules = largeHtml['a style of many rules']!(megabyte - 100)

  test.each([
    ['too long', slowestHtml, { viewSeconds: 0 }],
    ['too much memory', manyRules, { viewMebibytes: 48 }],
  ])('%s', async (_, html, bounds) => {
    const { deps } = portal
    const settings = { ...deps.settings, portal: { ...deps.settings.portal, port: 0 } }
    const bounded = await startPortal({ ...deps, settings }, bounds)
    const [tooMuch, short] = [html, '<p>Hej Anna</p>'].map(text =>
      portal.message(privateText(mailOf('text/html', text))),
    )
    const browser = await reader(await tooMuch!)
    const at = `http://localhost:${bounded.port}`
    const page = await browser.get(`${at}${(await tooMuch!).path}/text`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('för invecklad för att visas här')
    await bounded.close(0)
    expect(portal.log()).toContain('A text could not be shown')
    const { path } = await short!
    expect(await (await (await reader(await short!)).get(`${path}/text/html`)).text()).toContain('Hej Anna')
  })
})

test('a visitor who asks for many texts at once waits, and keeps nobody else from theirs', async () => {
  const { objects } = portal.deps
  const { open } = objects
  const gate = Promise.withResolvers<void>()
  const message = await portal.message({ ...privateText(mailOf('text/plain', 'Hej Anna')), max: null })
  const [browser, other] = [await reader(message), await reader(message)]
  objects.open = async (...asked) => {
    await gate.promise
    return open.apply(objects, asked)
  }
  const answers = await many(5, () => browser.get(`${message.path}/text`), gate)
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 503])
  const refused = answers.find(({ status }) => status === 503)!
  expect(refused.headers.get('retry-after')).toBe('30')
  expect(await refused.text()).toContain('Många texter visas just nu')
  objects.open = open
  expect(await (await other.get(`${message.path}/text`)).text()).toContain('Hej Anna')
})

/** Asks for something so many times at once, and opens the gate when the first answer has come. */
async function many(
  times: number,
  ask: () => Promise<Response>,
  gate: PromiseWithResolvers<void>,
): Promise<Response[]> {
  const asked = Array.from({ length: times }, ask)
  await Promise.race(asked)
  gate.resolve()
  return Promise.all(asked)
}
