import { expect, test } from 'vitest'
import { leaf, mail, multipart } from '../../support/mail-builder.ts'
import { planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })

test.each([
  ['Minutes', 'Minutes.eml'],
  ['=?utf-8?Q?Sv:_M=C3=B6te_=C3=A5r_2026/2027?=', 'Sv_ Möte år 2026-2027.eml'],
  ['..\\\\..\\\\evil', '--..--evil.eml'],
  ['x'.repeat(500), `${'x'.repeat(196)}.eml`],
  ['\r\n', 'file-1.eml'],
])('a mail that is a file without a name is called by its subject: %j', async (subject, name) => {
  const inner = `From: a@example.org\r\nSubject: ${subject}\r\nTo: b@example.org\r\n\r\nSubject: no\r\n`
  for (const encoding of ['7bit', 'base64', undefined] as const) {
    const forward = leaf(inner, { type: 'message/rfc822', ...(encoding ? { encoding } : {}) })
    const { files } = await planned(mail(multipart('mixed', [text, forward])))
    expect(files.map(file => file.name)).toEqual([name])
    expect(files[0]!.bytes.toString()).toBe(inner)
  }
})

test('a forwarded mail keeps a name that it was given, and one without a subject, or broken, has a number', async () => {
  const forwards = [
    leaf('Subject: a\r\n\r\n', { type: 'message/rfc822; name=b.eml' }),
    leaf('From: a@example.org\r\n\r\nSubject: no', { type: 'message/rfc822' }),
    leaf('U3ViamVjdDog*', { type: 'message/rfc822', fields: ['Content-Transfer-Encoding: base64'] }),
    leaf(`X: ${'x'.repeat(100_000)}\r\nSubject: far below\r\n\r\n`, { type: 'message/rfc822' }),
  ]
  const { files } = await planned(mail(multipart('mixed', [text, ...forwards])))
  expect(files.map(file => file.name)).toEqual(['b.eml', 'file-2.eml', 'file-3.eml', 'file-4.eml'])
})
