import { simpleParser } from 'mailparser'
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { mailWithAttachment, submit } from '../support/client-mail.ts'
import { freePort } from '#platform/free-port.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'
import { canStartPostfix, startPostfix, type Postfix } from '../support/postfix.ts'
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.ts'

describe.skipIf(!canStartPostfix())('between a Postfix before it (content_filter) and a Postfix behind it', () => {
  let sink: SmtpSink
  let kuvert: TestKuvert
  let postfix: Postfix
  beforeAll(async () => {
    sink = await startSmtpSink()
    const reinjectionPort = await freePort()
    kuvert = await startTestKuvert({
      nextHop: { kind: 'smtp', host: '127.0.0.1', port: reinjectionPort, tls: 'none', timeoutSeconds: 10 },
    })
    postfix = await startPostfix({
      relayPort: sink.port,
      kuvertPort: kuvert.smtpPort,
      reinjectionPort,
      refuse: { 'gone@kommun.example': '550 5.1.1 Has left' },
    })
  })
  afterEach(() => void (sink.mails.length = 0))
  afterAll(async () => {
    await postfix?.stop()
    await kuvert?.close()
    await sink?.stop()
  })

  /** What came out, below the Received fields that the servers on the way put before it. */
  const below = (mail: Buffer) => mail.toString('latin1').replace(/^(?:Received: .*\r\n(?:[ \t].*\r\n)*)+/, '')

  test('an unmarked mail comes out as it went in', async () => {
    const body = randomBytes(200_000).toString('base64').replace(/.{76}/g, '$&\r\n')
    const mail = `From: a@example.org\r\nTo: b@example.net\r\nMessage-ID: <x@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\nSubject: x\r\n\r\n.\r\n..\r\n${body}\r\n`
    expect((await submit(postfix.port, Buffer.from(mail))).code).toBe(250)
    const [arrived] = await sink.waitForMails(1)
    expect(below(arrived!.bytes)).toBe(mail)
    expect(arrived!.bytes.toString()).toMatch(/by kuvert\.test \(Kuvert\) with ESMTP/)
  })

  test('a marked mail comes out as copies, whose links open', async () => {
    const to = ['<bertil@kommun.example>', '<utsidan@foretag.example>']
    expect((await submit(postfix.port, mailWithAttachment('[secure open] Papers', 'the papers'), { to })).code).toBe(
      250,
    )
    const mails = await sink.waitForMails(2)
    for (const { bytes } of mails) {
      const copy = await simpleParser(bytes)
      expect(copy.subject).toBe('Papers')
      expect(copy.attachments).toEqual([])
      const link = /https?:\/\/\S+\/l\/[\w-]+/.exec(copy.text!)![0]
      const browser = openBrowser()
      const ticket = await browser.post(`${link}/files/0`)
      const file = await browser.get(new URL(ticket.headers.get('location')!, link).href)
      expect(await file.text()).toBe('the papers')
    }
  })

  test("a recipient whom the Postfix behind refuses is refused by Kuvert in that Postfix's words", async () => {
    const reply = await submit(kuvert.smtpPort, mailWithAttachment('[secure] x'), { to: ['<gone@kommun.example>'] })
    expect(reply).toMatchObject({ code: 550, lines: [expect.stringContaining('Has left')] })
  })

  test('a marked mail with a wrong option comes back to its sender with the sentence', async () => {
    await submit(postfix.port, mailWithAttachment('[secure, mx 1] x'))
    const [bounce] = await sink.waitForMails(1)
    expect(bounce).toMatchObject({ sender: '', recipients: ['anna@kommun.example'] })
    expect(bounce!.bytes.toString().replace(/\r\n\s*/g, ' ')).toContain('does not know the option "mx"')
  })
})
