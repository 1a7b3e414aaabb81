import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart } from '../../support/mail-builder.ts'
import { parse, planned } from '../../support/planned.ts'

const entity = multipart('mixed', [
  leaf('text', { type: 'text/plain; charset=utf-8', encoding: '8bit' }),
  attachment('x', 'a.bin'),
])

const before = [
  'Received: from a by b;\r\n\tTue, 24 Nov 2026 10:00:00 +0100',
  'DKIM-Signature: v=1; a=rsa-sha256;\r\n b=abc',
  'X-Google-DKIM-Signature: v=1',
  'DomainKey-Signature: a=rsa-sha1',
  'ARC-Seal: i=1',
  'ARC-Message-Signature: i=1',
  'ARC-Authentication-Results: i=1',
  'Authentication-Results: mx; dkim=pass',
  'from:   Anna Å <anna@example.org>',
  'SUBJECT: =?utf-8?Q?Rapport?=\r\n\t[secure]',
  'X-Kuvert: yes',
  'Bcc: secret@example.org',
  'References: <a@x>\r\n <b@x>',
  'Content-Length: 123',
  'Disposition-Notification-To: anna@example.org',
  'Sensitivity: Company-Confidential',
  'MIME-Version: 1.0 (Apple Message framework v1)',
]

test('marks, broken signatures and blind recipients go; all else stays byte for byte', async () => {
  const { slim } = await planned(mail(entity, before), {
    changedSubject: 'Rapport',
    removeFields: ['X-Kuvert', 'sensitivity'],
  })
  expect(slim.toString().split('\r\nContent-Type')[0]).toBe(
    [
      before[0],
      before[7],
      before[8],
      'Subject: Rapport',
      before[12],
      'Disposition-Notification-To: anna@example.org',
      'MIME-Version: 1.0 (Apple Message framework v1)',
    ].join('\r\n'),
  )
})

test('what Outlook says of the subject and the attachments goes where it is no longer true', async () => {
  const fields = [
    'Subject: Rapport [secure]',
    'Thread-Topic: Rapport [secure]',
    'Thread-Index: Adx1',
    'X-MS-Has-Attach: yes',
  ]
  const changed = await planned(mail(entity, [...fields, 'X-MS-TNEF-Correlator: <a@b>']), { changedSubject: 'Rapport' })
  expect(changed.slim.toString()).toMatch(/^Subject: Rapport\r\nThread-Index: Adx1\r\n(MIME-Version|Content-Type)/)
  const marked = await planned(mail(entity, fields))
  expect(marked.slim.toString()).toContain('Thread-Topic: Rapport [secure]\r\nThread-Index')
})

test('a subject that is not changed keeps its words and folds', async () => {
  const { slim } = await planned(mail(entity, before))
  expect(slim.toString()).toContain('\r\nSUBJECT: =?utf-8?Q?Rapport?=\r\n\t[secure]\r\n')
})

test('a new subject of any letters and length is read again as it was', async () => {
  const changedSubject = `Årsrapport ${'för 2026, '.repeat(20)}slut`
  const { slim, copy } = await planned(mail(entity, before), { changedSubject })
  for (const line of slim.toString().split('\r\n')) expect(line.length).toBeLessThan(78)
  expect((await parse(copy)).subject).toBe(changedSubject)
  expect((await parse((await planned(mail(entity, before), { changedSubject: '' })).copy)).subject ?? '').toBe('')
})

test('a mail without MIME-Version gets one where its labels begin to matter', async () => {
  const { slim } = await planned(mail(entity, ['Subject: a']))
  expect(slim.toString()).toMatch(/^Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: text.*\r\n/)
})

test('the sealed text has the cleaned header as well, and the notice none of the fields that describe a body', async () => {
  const fields = [...before, 'Content-Language: sv', 'Content-Class: urn:x']
  const { slim, files } = await planned(mail(entity, fields), {
    private: true,
    changedSubject: 'Rapport',
    removeFields: ['x-kuvert'],
  })
  for (const bytes of [slim, files[0]!.bytes]) {
    expect(bytes.toString()).toMatch(/\r\nSubject: Rapport\r\n/)
    expect(bytes.toString()).not.toMatch(/kuvert|dkim-signature|arc-|bcc/i)
  }
  expect(slim.toString()).not.toMatch(/^(content-|mime-)/im)
  expect(slim.toString()).toMatch(/[^\r\n]\r\n$/)
  expect(files[0]!.bytes.toString()).toContain('Content-Language: sv\r\n')
})

const telling = [
  'X-Spam-Report: Content preview: Dismissal of',
  'Comments: dismissal',
  'Keywords: dismissal',
  'X-Original-File: dismissal.docx',
  'Thread-Topic: dismissal',
  'X-Mailer: dismissal',
  'Authentication-Results: mx; dismissal=pass',
]
const kept = [
  'Received: from a by b;\r\n\tTue, 24 Nov 2026 10:00:00 +0100',
  'From: Anna <anna@example.org>',
  'Sender: office@example.org',
  'Reply-To: anna@example.org',
  'To: Bo <bo@example.net>',
  'Cc: Eva <eva@example.net>',
  'Subject: Report',
  'Date: Tue, 24 Nov 2026 10:00:00 +0100',
  'Message-ID: <1@example.org>',
  'In-Reply-To: <a@x>',
  'References: <a@x>\r\n <b@x>',
  'List-Id: <list.example.org>',
  'List-Unsubscribe: <mailto:leave@example.org>',
  'Auto-Submitted: auto-generated',
  'Importance: high',
  'X-Priority: 1',
]

test('a copy whose text is sealed has only fields that say nothing of the text', async () => {
  const whole = multipart('signed', [entity, leaf('SIG', { type: 'application/pkcs7-signature' })], { boundary: 's' })
  for (const [sealed, isPrivate] of [
    [entity, true],
    [leaf('text'), false],
    [whole, false],
  ] as const) {
    const { plan, slim } = await planned(mail(sealed, [...telling, ...kept]), { private: isPrivate })
    expect(plan.copy).toBe('notice')
    expect(slim.toString()).toBe(`${kept.join('\r\n')}\r\n`)
  }
})

test.each([
  'Bcc',
  'Resent-Bcc',
  'X-Bcc',
  'X-Envelope-To',
  'Envelope-To',
  'X-Original-To',
  'Delivered-To',
  'Apparently-To',
  'X-Rcpt-To',
])('no copy and no file names a blind recipient in the field %s', async name => {
  const fields = [...kept, `${name}: hidden@example.net`]
  const signed = multipart('signed', [entity, leaf('SIG', { type: 'application/pkcs7-signature' })], { boundary: 's' })
  for (const [sealed, isPrivate] of [
    [entity, false],
    [entity, true],
    [signed, false],
  ] as const) {
    const { slim, files } = await planned(mail(sealed, fields), { private: isPrivate })
    for (const bytes of [slim, ...files.map(file => file.bytes)]) expect(bytes.toString()).not.toContain('hidden@')
  }
})

test('checksums and lengths of a text that the block is written into go', async () => {
  const text = leaf('text', {
    type: 'text/plain; charset=utf-8',
    encoding: '8bit',
    fields: ['Content-MD5: abc', 'Content-Language: sv'],
  })
  const { slim } = await planned(mail(multipart('mixed', [text, attachment('x', 'a.bin')])))
  expect(slim.toString()).toContain('Content-Transfer-Encoding: 8bit\r\nContent-Language: sv\r\n\r\ntext')
})
