import { expect, test } from 'vitest'
import { checkCarriesNoFile } from '#seal/plan/check-copy.ts'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { attachment, leaf, mail, multipart, type Entity } from '../../support/mail-builder.ts'

const text = leaf('Hello', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const html = leaf('<img src="cid:i">', { type: 'text/html; charset=utf-8', encoding: 'base64' })
const image = { type: 'image/png', encoding: 'base64', contentId: 'i' } as const

async function check(entity: Entity): Promise<string> {
  const source = mailFromBuffer(mail(entity))
  const copy = { root: await split(source), source }
  return checkCarriesNoFile(copy, 1).then(() => 'fine', String)
}

test('a copy of texts and the images that they show carries no file', async () => {
  expect(await check(text)).toBe('fine')
  expect(await check(multipart('related', [html, leaf('PNG', image)]))).toBe('fine')
  expect(await check(multipart('alternative', [text, html]))).toBe('fine')
})

const wide = Buffer.from('\ufeff<a href="data:application/pdf;base64,JVBE">', 'utf16le')

test.each<[string, Entity, string]>([
  ['a document', multipart('mixed', [text, attachment('PDF', 'a.pdf', 'application/pdf')]), 'octet-stream|pdf'],
  ['a text with a name', multipart('mixed', [text, leaf('x', { type: 'text/plain; name=a.txt' })]), 'text/plain'],
  ['a mail', multipart('mixed', [text, leaf('Subject: a\r\n\r\nb', { type: 'message/rfc822' })]), 'message/rfc822'],
  ['an image that nothing shows', multipart('related', [text, leaf('PNG', image)]), 'image/png'],
  [
    'a large image with a name',
    multipart('related', [html, leaf(Buffer.alloc(1025), { ...image, type: 'image/png; name=a.png' })]),
    'image/png',
  ],
  ['uuencode', leaf('begin 644 a\r\n#86)C\r\n', { type: 'text/plain' }), 'carries a file'],
  [
    'yEnc',
    leaf('=ybegin line=128 size=3 name=a.bin\r\n', { type: 'text/plain', encoding: 'base64' }),
    'carries a file',
  ],
  ['BinHex', leaf('(This file must be converted with BinHex 4.0)', { encoding: 'base64' }), 'carries a file'],
  ['a data link', leaf('<a href="data:application/pdf;base64,JVBE">', { type: 'text/html' }), 'carries a file'],
  ['a data link in UTF-16', leaf(wide, { type: 'text/html; charset=utf-16', encoding: 'base64' }), 'carries a file'],
  [
    'a calendar with bytes',
    multipart('alternative', [text, leaf('ATTACH;ENCODING=BASE64:JVBE', { type: 'text/calendar' })]),
    'carries a file',
  ],
  ['a preamble', multipart('alternative', [text, html], { preamble: 'begin 644 a' }), 'outside of its parts'],
  ['an epilogue', multipart('alternative', [text, html], { epilogue: 'begin 644 a' }), 'outside of its parts'],
])('a copy with %s is never sent', async (_, entity, complaint) => {
  expect(await check(entity)).toMatch(new RegExp(`^Error: The slim mail has .*(${complaint})`))
})
