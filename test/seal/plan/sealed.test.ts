import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, usualFields, type Entity } from '../../support/mail-builder.ts'
import { parse, planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain', encoding: '7bit' })
const html = leaf('<p>Hello <img src="cid:a%26b@x">', { type: 'text/html' })
const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const logo = leaf('PNG-BYTES', { type: 'image/png', encoding: 'base64', contentId: 'a&b@x' })

const signature = leaf('SIG', { type: 'application/pkcs7-signature; name=smime.p7s', encoding: 'base64' })
const signed = multipart('signed', [multipart('mixed', [text, pdf]), signature], { parameters: 'micalg=sha-256' })
const version = leaf('Version: 1', { type: 'application/pgp-encrypted' })
const asc = leaf('-----BEGIN PGP MESSAGE-----', { type: 'application/octet-stream' })

/** The header of a copy that is a notice. */
const noticeHeader = `${usualFields.filter(field => !field.startsWith('MIME')).join('\r\n')}\r\n`

test('a private mail is sealed: text with its inline images in one file, attachments beside it, and only a header goes out', async () => {
  const body = multipart('related', [multipart('alternative', [text, html]), logo], { boundary: 'r' })
  const { plan, files, slim } = await planned(mail(multipart('mixed', [body, pdf], { boundary: 'm' })), {
    private: true,
  })
  expect(plan).toMatchObject({
    copy: 'notice',
    slots: [],
    files: [
      { kind: 'body', name: 'message.eml', mediaType: 'message/rfc822', stillEncoded: false },
      { kind: 'attachment', name: 'report.pdf' },
    ],
  })
  expect(slim.toString()).toBe(noticeHeader)
  // Nothing is written into it, and so nothing is labelled anew.
  expect(files[0]!.bytes.toString()).toBe(mail(multipart('mixed', [body], { boundary: 'm' })).toString())
  expect(files[1]!.bytes.toString()).toBe('PDF-BYTES')
})

test.each([
  ['a text', text],
  ['text and HTML', multipart('alternative', [text, html])],
  ['an HTML text with its image', multipart('related', [html, logo])],
  ['nothing', leaf('')],
])('a marked mail with nothing to detach is sealed as if it were private: %s', async (_, entity) => {
  const { plan, slim, files } = await planned(mail(entity))
  expect(plan).toMatchObject({ copy: 'notice', files: [{ kind: 'body', name: 'message.eml' }] })
  expect(slim.toString()).toBe(noticeHeader)
  expect(files[0]!.bytes.toString()).toBe(mail(entity).toString())
})

test('a mail that is a header only is sealed too', async () => {
  const { plan, files, slim } = await planned(Buffer.from('Subject: a\r\nMIME-Version: 1.0\r\n'))
  expect(plan.copy).toBe('notice')
  expect(files[0]!.bytes.toString()).toBe('Subject: a\r\nMIME-Version: 1.0\r\n')
  expect(slim.toString()).toBe('Subject: a\r\n')
})

test('a private mail of files only has an empty text sealed with them', async () => {
  const { files } = await planned(mail(pdf), { private: true })
  expect(files.map(({ name }) => name)).toEqual(['message.eml', 'report.pdf'])
  expect(await parse(files[0]!.bytes)).toMatchObject({ attachments: [], subject: 'Report [secure]' })
})

test('an attachment that is called like the sealed text gets another name', async () => {
  const { files } = await planned(mail(multipart('mixed', [text, attachment('x', 'Message.eml')])), { private: true })
  expect(files.map(({ name }) => name)).toEqual(['message.eml', 'Message (2).eml'])
})

const whole: [string, Entity, string][] = [
  ['S/MIME signed', signed, 'a digital signature'],
  ['signed, with the footer of a mailing list', multipart('mixed', [signed, text]), 'a digital signature'],
  [
    'S/MIME encrypted',
    leaf('P7M', {
      type: 'application/pkcs7-mime; smime-type=enveloped-data',
      disposition: 'attachment; filename=smime.p7m',
    }),
    'encrypted text',
  ],
  [
    'S/MIME signed in one part',
    leaf('P7M', { type: 'application/x-pkcs7-mime; smime-type=signed-data' }),
    'a digital signature',
  ],
  [
    'S/MIME with a footer',
    multipart('mixed', [leaf('P7M', { type: 'application/pkcs7-mime' }), text]),
    'encrypted text',
  ],
  ['PGP/MIME', multipart('encrypted', [version, asc]), 'encrypted text'],
  ['PGP/MIME that a server has rearranged', multipart('mixed', [leaf(''), version, asc]), 'encrypted text'],
  [
    'PGP in the text',
    multipart('mixed', [leaf('\r\n-----BEGIN PGP MESSAGE-----\r\n', { encoding: 'base64' }), pdf]),
    'encrypted text',
  ],
  ['a text signed with PGP', leaf('-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n'), 'a digital signature'],
]

test.each(whole)('a mail that a change would break is sealed whole, or refused: %s', async (_, entity, what) => {
  const bytes = mail(entity)
  for (const isPrivate of [false, true]) {
    const { plan, files, slim } = await planned(bytes, { private: isPrivate, changedSubject: 'Report' })
    expect(plan).toMatchObject({
      copy: 'notice',
      slots: [],
      files: [{ kind: 'protected', name: 'message.eml', mediaType: 'message/rfc822' }],
    })
    expect(files.length).toBe(1)
    expect(files[0]!.bytes.toString('latin1')).toBe(bytes.toString('latin1'))
    expect(slim.toString()).toBe(noticeHeader.replace('Report [secure]', 'Report'))
  }
  await expect(planned(bytes, {}, { wholeMails: 'refuse' })).rejects.toMatchObject({
    code: 'MAIL_UNSUPPORTED',
    details: { what },
  })
})

test.each(['certs-only', 'compressed-data'])('what S/MIME neither signs nor encrypts is a file: %s', async kind => {
  const p7m = leaf('P7M', { type: `application/pkcs7-mime; smime-type=${kind}; name=smime.p7c`, encoding: 'base64' })
  const { plan } = await planned(mail(p7m))
  expect(plan).toMatchObject({ copy: 'detach', files: [{ kind: 'attachment', name: 'smime.p7c' }] })
})

test('a signed mail that is attached is only a file', async () => {
  const forwarded = leaf(mail(signed), { type: 'message/rfc822' })
  const late = attachment('P7M', 'old.p7m', 'application/pkcs7-mime')
  const { plan } = await planned(
    mail(multipart('mixed', [text, forwarded, late], { boundary: 'outer' })),
    {},
    { wholeMails: 'refuse' },
  )
  expect(plan).toMatchObject({ copy: 'detach', files: [{ name: 'Report [secure].eml' }, { name: 'old.p7m' }] })
})

test('blind recipients are in no file and no copy', async () => {
  const fields = [...usualFields, 'Bcc: Cesar <c@example.org>,\r\n d@example.org', 'BCC: e@example.org']
  for (const [entity, isPrivate] of [
    [signed, false],
    [multipart('mixed', [text, pdf]), false],
    [text, true],
  ] as const) {
    const { slim, files } = await planned(mail(entity, fields), { private: isPrivate })
    for (const bytes of [slim, ...files.map(file => file.bytes)])
      expect(bytes.toString()).not.toMatch(/bcc|[cde]@example/i)
  }
})
