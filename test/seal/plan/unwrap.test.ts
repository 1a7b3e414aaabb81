import { expect, test } from 'vitest'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { allParts, type Part } from '#mail/part.ts'
import { attachment, leaf, mail, multipart, type Entity } from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, textBlock } from '../../support/planned.ts'

const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const lines = leaf('Hello Bo\r\nBye\r\n', { type: 'text/plain; charset=utf-8', encoding: 'quoted-printable' })
const html = leaf('<body><img src="cid:i@x"></body>', { type: 'text/html; charset=utf-8', encoding: 'base64' })
const logo = leaf('PNG', { type: 'image/png', encoding: 'base64', contentId: 'i@x', disposition: 'inline' })
const both = multipart('alternative', [text, multipart('related', [html, logo])], { epilogue: 'Below.' })
const described: Entity = {
  fields: [...text.fields, 'Content-Description: the text', 'Content-ID: <t@x>', 'X-Part: 1', 'MIME-Version: 1.0'],
  body: text.body,
}
const kept: Entity = { ...described, fields: described.fields.slice(0, -2) }

test.each<[string, Entity, Entity]>([
  ['a text', multipart('mixed', [text, pdf]), text],
  ['a text behind a file', multipart('mixed', [pdf, text, pdf]), text],
  ['a text that ends with a line end', multipart('mixed', [lines, pdf]), lines],
  ['an empty text', multipart('mixed', [leaf('', { encoding: '7bit' }), pdf]), leaf('', { encoding: '7bit' })],
  ['alternatives with their own boundaries', multipart('mixed', [both, pdf]), both],
  ['what a part says of itself', multipart('mixed', [described, pdf]), kept],
  ['what stands around parts', multipart('mixed', [text, pdf], { preamble: 'Above.', epilogue: 'Below.' }), text],
  ['a text two levels down', multipart('mixed', [multipart('mixed', [text, pdf], { boundary: 'b' })]), text],
  [
    'alternatives of which one has a file',
    multipart('alternative', [text, multipart('mixed', [html, pdf])]),
    multipart('alternative', [text, html], { boundary: '=_alternative_1' }),
  ],
])('a multipart/mixed does not stay around one part: %s', async (_, entity, wanted) => {
  for (const linkBlock of ['top', 'bottom'] as const) {
    const made = await planned(mail(entity), {}, { linkBlock })
    expect(made.plan.copy).toBe('detach')
    expect(made.copy.toString()).not.toContain('multipart/mixed')
    const [copy, expected] = [await parse(made.copy), await parse(mail(wanted))]
    const words = ({ text: plain, html: page }: typeof copy) =>
      [plain, page].map(each =>
        String(each || '')
          .replace(textBlock, '')
          .replace(htmlBlock, '')
          .replace(/\s+/g, ''),
      )
    expect(words(copy)).toEqual(words(expected))
    expect(copy.attachments.map(({ cid }) => cid)).toEqual(expected.attachments.map(({ cid }) => cid))
    const [found, whole] = [await split(mailFromBuffer(made.slim)), await split(mailFromBuffer(mail(wanted)))]
    expect(allParts(found).map(shape)).toEqual(allParts(whole).map(shape))
  }
})

function shape({ contentType, contentId, depth }: Part) {
  return { type: contentType.value, contentId, depth }
}

test('the bytes of the part stay, and a line end comes below it only where it ends within a line', async () => {
  for (const [part, end] of [
    [text, 'Hello Bo\r\n'],
    [lines, 'Bye\r\n'],
  ] as const) {
    const { slim } = await planned(mail(multipart('mixed', [part, pdf])))
    expect(slim.toString()).toBe(mail(part).toString())
    expect(slim.toString().endsWith(end)).toBe(true)
  }
})

test('what described the multipart goes, and what the mail says of itself stays', async () => {
  const entity = multipart('mixed', [described, pdf], {
    fields: ['Content-Language: sv', 'Content-Transfer-Encoding: 7bit', 'X-Mailer: a'],
  })
  const { slim } = await planned(mail(entity, ['Subject: a', 'MIME-Version: 1.0']))
  const header = slim.toString().split('\r\n\r\n')[0]!.split('\r\n')
  expect(header).toEqual(['Subject: a', 'MIME-Version: 1.0', 'X-Mailer: a', ...kept.fields])
})

test('a text in 7bit becomes 8bit in place of a multipart that said 7bit', async () => {
  const plain = leaf('Hello', { type: 'text/plain', encoding: '7bit' })
  const entity = multipart('mixed', [plain, pdf], { fields: ['Content-Transfer-Encoding: 7bit'] })
  const { slim } = await planned(mail(entity, ['MIME-Version: 1.0']))
  expect(slim.toString().split('\r\n')).toEqual([
    'MIME-Version: 1.0',
    'Content-Type: text/plain;',
    ' charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Hello',
    '',
  ])
})

test.each<[string, Entity]>([
  ['of two parts that stay', multipart('mixed', [text, text, pdf])],
  [
    'that others may point to',
    multipart('related', [multipart('mixed', [html, pdf], { fields: ['Content-ID: <m>'] })]),
  ],
])('a multipart/mixed stays %s', async (_, entity) => {
  const { slim } = await planned(mail(entity))
  expect(slim.toString()).toContain('multipart/mixed')
})

test('each text is found where its slot is', async () => {
  for (const linkBlock of ['top', 'bottom'] as const) {
    const { slim, plan } = await planned(mail(multipart('mixed', [both, pdf])), {}, { linkBlock })
    const root = await split(mailFromBuffer(slim))
    expect(root.contentType.value).toBe('multipart/alternative')
    const texts = [root.children[0]!, root.children[1]!.children[0]!]
    for (const [index, { body }] of texts.entries()) {
      expect(plan.slots[index]!.offset).toBeGreaterThanOrEqual(body.start)
      expect(plan.slots[index]!.offset).toBeLessThanOrEqual(body.end)
    }
  }
})
