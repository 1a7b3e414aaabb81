import { createHash, randomBytes } from 'node:crypto'
import { simpleParser } from 'mailparser'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'
import { codeIn, wrongCode } from '../support/mailed-code.ts'

let sink: SmtpSink
let kuvert: TestKuvert
beforeAll(async () => {
  sink = await startSmtpSink()
  kuvert = await startTestKuvert({
    nextHop: { kind: 'smtp', host: '127.0.0.1', port: sink.port, tls: 'none' },
    courier: { notificationsFrom: 'saker-post@kommun.example' },
    outsiders: {
      domains: [
        { domain: 'inloggning.example', policy: 'none' },
        { domain: '*.inloggning.example', policy: 'refuse' },
        { domain: 'kommun.example', policy: 'refuse' },
      ],
    },
  })
})
// Every test comes from the same address.
beforeEach(async () => {
  await kuvert.deps.db.query('delete from codes')
})
afterAll(async () => {
  await kuvert.close()
  await sink.stop()
})

const eva = 'eva@foretag.example'
const content = randomBytes(300_000)
const attachments = [{ filename: 'Beslut.pdf', content }]

describe('a marked mail to an outsider', () => {
  test('is opened with a code from their own mailbox, in another browser than it was asked for in', async () => {
    const { link, text } = await sealed({ to: eva, subject: '[säker] Beslut' })
    expect(text.replace(/\s+/g, ' ')).toContain(`en kod mejlad till ${eva}`)
    const computer = openBrowser()
    expect(await (await computer.get(link)).text()).toContain('Mejla en kod')
    const { code, mail, envelope } = await codeFor(link, eva)
    expect(envelope).toEqual({ from: 'saker-post@kommun.example', to: [eva] })
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated')
    expect(mail.subject).toBe('Kod för att öppna ett meddelande från Provkommun')

    const phone = openBrowser()
    expect(await enter(phone, link, code)).toBe(303)
    expect(await (await phone.get(link)).text()).toContain('Beslut.pdf')
    expect(sha256(await download(phone, link))).toBe(sha256(content))
    // The one who asked has no code, and is no further.
    expect(await (await computer.get(link)).text()).not.toContain('Beslut.pdf')
    expect((await computer.post(`${link}/files/0`)).headers.get('location')).toBe(new URL(link).pathname)
  })

  test('asks and answers in the language of the message', async () => {
    const { link } = await sealed({ to: eva, subject: '[secure, lang=en] Decision' })
    const { mail } = await codeFor(link, eva)
    expect(mail.subject).toBe('Code to open a message from Provkommun')
  })

  test('stays closed after five wrong codes, to the right one too, until a new one is asked for', async () => {
    const { link } = await sealed({ to: eva, subject: '[säker] Beslut' })
    const { code } = await codeFor(link, eva)
    for (let time = 0; time < 5; time += 1) expect(await enter(openBrowser(), link, wrongCode(code))).toBe(403)
    expect(await enter(openBrowser(), link, code)).toBe(403)
    const next = await codeFor(link, eva)
    expect(await enter(openBrowser(), link, next.code)).toBe(303)
  })

  test('is not opened by a code that is too old', async () => {
    const { link } = await sealed({ to: eva, subject: '[säker] Beslut' })
    const { code } = await codeFor(link, eva)
    await kuvert.deps.db.query("update codes set ends_at = ends_at - interval '15 minutes'")
    expect(await enter(openBrowser(), link, code)).toBe(403)
  })

  test('is not opened by the code or the session of another link, of the same recipient’s or another’s', async () => {
    const mine = await sealed({ to: eva, subject: '[säker] Ett' })
    const other = await sealed({ to: eva, subject: '[säker] Två' })
    const others = await sealed({ to: 'kim@foretag.example', subject: '[säker, lokala] Tre' })
    const { code } = await codeFor(mine.link, eva)
    for (const { link } of [other, others]) expect(await enter(openBrowser(), link, code)).toBe(403)
    const browser = openBrowser()
    await enter(browser, mine.link, code)
    for (const { link } of [other, others]) {
      expect((await browser.post(`${link}/files/0`)).headers.get('location')).toBe(new URL(link).pathname)
      expect(await (await browser.get(link)).text()).not.toContain('Beslut.pdf')
    }
    expect(sha256(await download(browser, mine.link))).toBe(sha256(content))
  })

  test('says what happened to it, once withdrawn, to the one with a code, and to nobody else', async () => {
    const { link } = await sealed({ to: eva, subject: '[säker] Beslut' })
    await kuvert.deps.db.query('update messages set revoked = true, ended_at = now(), wrapped_key = null')
    expect((await openBrowser().get(link)).status).toBe(404)
    const { code } = await codeFor(link, eva)
    const browser = openBrowser()
    await enter(browser, link, code)
    const answer = await browser.get(link)
    expect([answer.status, (await answer.text()).includes('dragits tillbaka')]).toEqual([410, true])
  })

  test('leaves no code where others could read it: not in the database, once it is sent, and not in the log', async () => {
    const { link } = await sealed({ to: eva, subject: '[säker] Beslut' })
    const { code } = await codeFor(link, eva)
    await expect
      .poll(async () => (await kuvert.deps.db.query('select 1 from notices where mail is not null')).rows.length)
      .toBe(0)
    const { rows } = await kuvert.deps.db.query(
      'select codes::text as row from codes union all select notices::text from notices',
    )
    expect(JSON.stringify(rows)).not.toContain(code)
    const log = JSON.stringify(kuvert.logged)
    expect(log).toContain('A code was asked for')
    for (const secret of [`"${code}"`, link.split('/').at(-1)!]) expect(log).not.toContain(secret)
  })
})

describe('what outsiders can do is the admin’s choice by their domain', () => {
  test.each([
    [
      'an outsider who cannot log in',
      '[säker] x',
      'olle@inloggning.example',
      /^550-5\.7\.1 Inte skickat: .*olle@inloggning\.example cannot log in here.*login=none/s,
    ],
    [
      'an outsider who may be sent nothing',
      '[säker] x',
      'olle@post.inloggning.example',
      /^550-5\.7\.1 Inte skickat: .*to olle@post\.inloggning\.example is not allowed/s,
    ],
    [
      'the same, without a login',
      '[säker öppen] x',
      'olle@a.b.INLOGGNING.example',
      /^550-5\.7\.1 Inte skickat: .*is not allowed here/s,
    ],
    [
      'an unknown address of ours',
      '[säker] x',
      'nobody@kommun.example',
      /^550-5\.7\.1 Inte skickat: .*is not allowed here/s,
    ],
    [
      'the same, without a login',
      '[säker öppen] x',
      'nobody@kommun.example',
      /^550-5\.7\.1 Inte skickat: .*is not allowed here/s,
    ],
  ])('%s is refused with a sentence', async (_, subject, to, sentence) => {
    const before = sink.mails.length
    const error = await submit({ to, subject, attachments }).then(
      () => null,
      (thrown: { response: string }) => thrown.response,
    )
    expect(error).toMatch(sentence)
    // One who is refused keeps the others from being sent to, too: the sender decides.
    await expect(submit({ to: [to, eva], subject, attachments })).rejects.toThrow(to.split('@')[0])
    expect(sink.mails).toHaveLength(before)
    expect((await kuvert.deps.db.query('select 1 from links where recipient = $1', [to])).rows).toEqual([])
  })

  test.each([
    ['login=none, where they only cannot log in', '[säker öppen] x', 'olle@inloggning.example'],
    ['a local in a domain whose outsiders are refused', '[säker] x', 'bertil@kommun.example'],
    ['the same, without a login', '[säker öppen] x', 'bertil@kommun.example'],
    ['a domain that only ends alike', '[säker] x', 'olle@mininloggning.example'],
  ])('%s goes through', async (_, subject, to) => {
    const { link } = await sealed({ to, subject })
    expect((await openBrowser().get(link)).status).toBe(200)
  })

  test('unmarked mail goes to anybody', async () => {
    const before = sink.mails.length
    await submit({ to: 'olle@post.inloggning.example', subject: 'x', text: 'x' })
    expect(sink.mails).toHaveLength(before + 1)
  })
})

async function submit(mail: SendMailOptions): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: kuvert.smtpPort, ignoreTLS: true })
  try {
    await transport.sendMail({ from: 'Anna Åkesson <anna@kommun.example>', ...mail })
  } finally {
    transport.close()
  }
}

/** Sends a marked mail to one recipient, and returns the link in the copy that comes out. */
async function sealed(mail: { to: string; subject: string }): Promise<{ link: string; text: string }> {
  const { length } = sink.mails
  await submit({ text: 'Hej!', attachments, ...mail })
  const copy = (await sink.waitForMails(length + 1))[length]!
  const { text = '' } = await simpleParser(copy.bytes)
  const [link] = /http:\/\/localhost:\d+\/l\/[\w-]+/.exec(text) ?? []
  return { link: link!, text }
}

/** Asks for a code and takes it from the mail that arrives. */
async function codeFor(link: string, recipient: string) {
  const { length } = sink.mails
  expect((await openBrowser().post(`${link}/code`)).status).toBe(303)
  const arrived = (await sink.waitForMails(length + 1))[length]!
  const mail = await simpleParser(arrived.bytes)
  expect(mail.to).toMatchObject({ value: [{ address: recipient }] })
  return { code: codeIn(mail.text ?? ''), mail, envelope: { from: arrived.sender, to: arrived.recipients } }
}

async function enter(browser: ReturnType<typeof openBrowser>, link: string, code: string): Promise<number> {
  return (await browser.post(`${link}/code/enter`, { code })).status
}

async function download(browser: ReturnType<typeof openBrowser>, link: string): Promise<Buffer> {
  const ticket = await browser.post(`${link}/files/0`)
  const response = await browser.get(new URL(ticket.headers.get('location')!, kuvert.portalUrl).href)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
