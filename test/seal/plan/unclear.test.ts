import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, usualFields } from '../../support/mail-builder.ts'
import { planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8' })
const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')

function unusual(contentType: string, body: string): Buffer {
  return Buffer.from([...usualFields, `Content-Type: ${contentType}`, '', body, ''].join('\r\n'))
}

function mixed(body: string): Buffer {
  return unusual('multipart/mixed; boundary=b', body)
}

/** Wherever readers may find other parts than we do, nobody is shown any of them. */
const unclear: [string, Buffer][] = [
  ['the final boundary is missing', mixed('--b\r\n\r\ntext\r\n--b\r\nContent-Type: a/b\r\n\r\nfile')],
  ['an inner final boundary is missing', mixed('--b\r\nContent-Type: multipart/x; boundary=c\r\n\r\n--c\r\n\r\n--b--')],
  ['something comes after the final boundary', mixed('--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nhidden\r\n--b--')],
  ['a line is a boundary to some readers', mixed('--b\r\n\r\nx\r\n--bc\r\n\r\nhidden\r\n--b--')],
  [
    'two multiparts have one boundary',
    mail(multipart('mixed', [multipart('mixed', [text], { boundary: 'b' })], { boundary: 'b' })),
  ],
  [
    'a text names a boundary, as if there were parts in it',
    mixed('--b\r\nContent-Type: text/html; boundary=c\r\n\r\n--c\r\nContent-Type: a/b\r\n\r\nhidden\r\n--c--\r\n--b--'),
  ],
  ['a multipart names no boundary', unusual('multipart/mixed', '--b\r\n\r\nx\r\n--b--')],
  ['a multipart names two boundaries', unusual('multipart/mixed; boundary=b; boundary=c', '--b\r\n\r\nx\r\n--b--')],
  ['the mail has two Content-Type fields', mail(text, [...usualFields, 'Content-Type: text/html'])],
  [
    'the mail has two Content-Transfer-Encoding fields',
    mail(leaf('x', { encoding: 'base64', fields: ['Content-Transfer-Encoding: 7bit'] })),
  ],
  [
    'a part has two Content-Disposition fields',
    mail(multipart('mixed', [leaf('x', { disposition: 'inline', fields: ['Content-Disposition: attachment'] })])),
  ],
  ['a line of a part header is no field', mail(multipart('mixed', [leaf('x', { fields: ['nonsense'] })]))],
  ['a transfer encoding is not of MIME', mail(leaf('x', { fields: ['Content-Transfer-Encoding: x-uuencode'] }))],
  [
    'there are more than 1,000 parts',
    mail(
      multipart(
        'mixed',
        Array.from({ length: 1000 }, () => pdf),
      ),
    ),
  ],
]
test.each(unclear)('a mail is sealed whole where %s, or refused', async (_, bytes) => {
  for (const isPrivate of [false, true]) {
    const { plan, files, slim } = await planned(bytes, { private: isPrivate, changedSubject: 'Report' })
    expect(plan).toMatchObject({ copy: 'notice', slots: [], files: [{ kind: 'mail', name: 'message.eml' }] })
    expect(files.map(file => file.bytes.toString('latin1'))).toEqual([bytes.toString('latin1')])
    expect(slim.toString()).toBe(
      `${usualFields
        .filter(field => !field.startsWith('MIME'))
        .join('\r\n')
        .replace(' [secure]', '')}\r\n`,
    )
  }
  await expect(planned(bytes, {}, { wholeMails: 'refuse' })).rejects.toThrow(/^Not sent: this marked mail cannot be/)
})

test('blind recipients are taken out of a mail that is sealed whole', async () => {
  const bytes = mail(leaf('x', { fields: ['Content-Transfer-Encoding: odd'] }), [...usualFields, 'Bcc: c@example.org'])
  const { files, slim } = await planned(bytes)
  for (const found of [slim, files[0]!.bytes]) expect(found.toString()).not.toMatch(/bcc|c@example/i)
})

test.each([
  ['the mail has two From fields', [...usualFields, 'From: eve@example.org']],
  ['the mail has two Subject fields', [...usualFields, 'Subject: other']],
  ['the mail has two Date fields', [...usualFields, 'Date: Tue, 24 Nov 2026 10:00:00 +0100']],
  ['the mail has two Message-ID fields', [...usualFields, 'Message-ID: <2@example.org>']],
  ['there is a blank before the colon of a From field', ['From : anna@example.org']],
  ['a line of a header is no header field', [...usualFields, 'Here some readers see a text']],
  [
    'a header has a line of blanks only, below Subject. Remove the blanks at the end of the subject and of names, and send it again',
    ['Subject: a', ' \t', 'X: here, too'],
  ],
  ['a header contains a NUL character', ['Subject: a\0b']],
  ['its headers are larger than 1 MiB or do not end', [...usualFields, `X: ${'a'.repeat(1024 * 1024)}`]],
])('a mail is refused where %s: not even a notice of it would be clear', async (why, fields) => {
  await expect(planned(mail(multipart('mixed', [text, pdf]), fields))).rejects.toMatchObject({
    code: 'MAIL_AMBIGUOUS',
    message: `Not sent: this marked mail cannot be secured, because ${why}.`,
  })
})
