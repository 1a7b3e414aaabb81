import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '#demo/browser.ts'
import { waitForMails } from '#demo/outbox.ts'
import { submit } from '../support/client-mail.ts'
import { startTestKuvert, type TestKuvert } from '../support/kuvert.ts'

let kuvert: TestKuvert
beforeAll(async () => {
  kuvert = await startTestKuvert()
})
afterAll(() => kuvert.close())

test('a mail that two readers may read differently is sealed whole: nothing of it shows, and it comes out byte for byte', async () => {
  const mail = Buffer.from(
    [
      'From: Anna <anna@kommun.example>',
      'To: bertil@kommun.example',
      'Subject: [secure open] unclear',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=one',
      '',
      '--one',
      'Content-Type: text/plain',
      '',
      'the hidden text',
      '--one',
      'Content-Type: application/pdf',
      'Content-Type: text/plain',
      'Content-Disposition: attachment; filename=a.pdf',
      '',
      'the hidden file',
      '',
    ].join('\r\n'),
  )
  expect((await submit(kuvert.smtpPort, mail)).code).toBe(250)
  const [copy] = await waitForMails(join(kuvert.folder, 'outbox'), new Set(), 1)
  expect(copy!.parsed.subject).toBe('unclear')
  expect(`${copy!.parsed.text}${String(copy!.parsed.html)}`).not.toContain('hidden')
  expect(copy!.parsed.text!.replace(/\s+/g, ' ')).toContain('mejl till dig. Det är uppbyggt på ett ovanligt sätt')
  const browser = openBrowser()
  const ticket = await browser.post(`${copy!.link}/files/0`)
  const file = await browser.get(new URL(ticket.headers.get('location')!, copy!.link!).href)
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect(sha256(Buffer.from(await file.arrayBuffer()))).toBe(sha256(mail))
})

test.each([
  ['X-Kuvert=yes'],
  ['X\u2011Kuvert: yes'],
  ['\ufeffX-Kuvert: yes'],
  ['Subject\u0000: [secure] Report'],
  ['Subject: Report', 'X-Ours-Signature: a', ' X-Kuvert: yes'],
  ['Subject: [ѕесurе 〕Report'],
])('a mail whose mark is on a broken line, or in letters that only look like it, is refused: %j', async (...lines) => {
  const mail = Buffer.from(['From: Anna <anna@kommun.example>', ...lines, '', 'Hej', ''].join('\r\n'))
  expect((await submit(kuvert.smtpPort, mail)).code).toBe(550)
})

test('a refusal is in the language of the organisation first, with its letters after SMTPUTF8', async () => {
  const mail = Buffer.from(['From: anna@kommun.example', 'Subject: [säkerr] Rapport', '', 'Hej', ''].join('\r\n'))
  const plain = await submit(kuvert.smtpPort, mail)
  expect(plain.lines[0]).toBe(
    '5.7.0 Inte skickat: "[sakerr]" i amnet liknar markningen "[secure]". Ratta det, eller ta bort parenteserna.',
  )
  const utf8 = await submit(kuvert.smtpPort, mail, { from: '<anna@kommun.example> SMTPUTF8' })
  expect(utf8.lines).toEqual([
    '5.7.0 Inte skickat: "[säkerr]" i ämnet liknar märkningen "[säker]". Rätta det, eller ta bort parenteserna.',
    '5.7.0 Not sent: "[säkerr]" in the subject looks like the mark "[säker]". Correct it, or remove the brackets.',
  ])
})

test('a report without a sender whose subject quotes a mark is sealed', async () => {
  const fields = ['From: postmaster@example.org', 'To: bertil@kommun.example', 'Message-ID: <report@example.org>']
  const lines = [...fields, 'Subject: Undeliverable: [secure, open] Report', '', 'Hej', '']
  const mail = Buffer.from(lines.join('\r\n'))
  expect(await submit(kuvert.smtpPort, mail, { from: '<>' })).toMatchObject({ code: 250 })
})
