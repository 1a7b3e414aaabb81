import fc from 'fast-check'
import { simpleParser } from 'mailparser'
import { describe, expect, test } from 'vitest'
import { copySize, rewrite } from '#courier/rewrite/rewrite.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import type { TransferEncoding } from '#model.ts'
import { attachment, copyFacts, url } from '../../support/copy-facts.ts'
import { readParts } from './read-parts.ts'
import { alternative, collect, inChunks, slimMail, writeCopy, type TextPart } from './slim-mail.ts'

const charsets: [string, TransferEncoding[]][] = [
  ['utf-8', ['8bit', 'binary', 'quoted-printable', 'base64']],
  ['iso-8859-1', ['8bit', 'quoted-printable', 'base64']],
  ['windows-1252', ['8bit', 'quoted-printable', 'base64']],
  ['iso-8859-15', ['8bit', 'quoted-printable']],
  ['koi8-r', ['8bit', 'base64']],
  ['gb18030', ['8bit', 'base64']],
  ['shift_jis', ['8bit', 'base64']],
  ['us-ascii', ['7bit', 'quoted-printable', 'base64']],
  ['utf-16', ['base64']],
  ['utf-16le', ['base64', 'quoted-printable']],
  ['utf-16be', ['base64', 'quoted-printable']],
]

/** Not padded alike, so that base64 is cut at each of its three places. */
const texts = ['Hej Bo,\r\n\r\nse bilagan.\r\n', 'Hej!\r\n', 'Hej =3D Bo!\r\n.\r\nFrom Anna\r\n']

const table = charsets.flatMap(([charset, encodings]) =>
  encodings.flatMap(encoding =>
    (['top', 'bottom'] as const).flatMap(position =>
      (['sv', 'en'] as const).map(lang => ({ charset, encoding, position, lang })),
    ),
  ),
)

describe.each(table)('in $encoding $charset, $position, $lang', ({ charset, encoding, position, lang }) => {
  test.each(texts)('a text is unchanged but for one link block: %j', async text => {
    const slim = slimMail({ kind: 'text', charset, encoding, flowed: false, position, text })
    const copy = await writeCopy(copyFacts({ lang }), slim)
    const read = (await readParts(copy))[0]!.text
    expect(read.split(url)).toHaveLength(2)
    expect(withoutBlock(read, position)).toBe(text)
    expect(read).toContain('Anna ')
    expect(read).toMatch(lang === 'sv' ? /20,3 MB/ : /20.3 MB/)
    expect((await simpleParser(copy)).text).toContain(`\n${url}\n`)
    expectWellFormed(copy)
  })

  test.each(texts)('HTML is unchanged but for one link block: %j', async text => {
    const html = `<p>${text}</p>\r\n`
    const slim = slimMail({ kind: 'html', charset, encoding, flowed: false, position, text: html })
    const copy = await writeCopy(copyFacts({ lang }), slim)
    const read = (await readParts(copy))[0]!.text
    const start = read.indexOf('<table')
    const end = read.lastIndexOf('</table>') + '</table>'.length
    expect(read.slice(0, start) + read.slice(end).replace(/^ *\r\n/, '')).toBe(html)
    expect(read.slice(start, end).split(`href="${url}"`)).toHaveLength(2)
    expect(read.slice(start, end)).toMatch(/^[\x20-\x7e\r\n]*$/)
    expectWellFormed(copy)
  })
})

test.each(['top', 'bottom'] as const)(
  'format=flowed: no line of the block flows, and none looks quoted (%s)',
  async position => {
    const part: TextPart = {
      kind: 'text',
      charset: 'utf-8',
      encoding: '8bit',
      flowed: true,
      position,
      text: 'Hej \r\nBo!\r\n',
    }
    const long = 'From '.repeat(40)
    const facts = copyFacts(
      { senderName: 'From '.repeat(30) },
      { files: [attachment(long), attachment('> citat.pdf')] },
    )
    const copy = await writeCopy(facts, slimMail(part))
    const block = copy.toString().split('\r\n\r\n').slice(1).join('\r\n\r\n')
    const lines = block.replace('Hej \r\nBo!\r\n', '').split('\r\n')
    for (const line of lines) expect(line).not.toMatch(/ $|^>|^From /)
    for (const line of lines.filter(each => each !== url)) expect(line.length).toBeLessThanOrEqual(78)
    expect((await simpleParser(copy)).text).toContain('Hej Bo!')
    expect((await simpleParser(copy)).text).toContain(`\n${url}\n`)
  },
)

test.each(['7bit', '8bit'] as const)(
  'without a charset for å, %s text is written with the nearest letters',
  async encoding => {
    const charset = encoding === '7bit' ? 'utf-8' : 'iso-2022-jp'
    const slim = slimMail({
      kind: 'text',
      charset: 'us-ascii',
      encoding,
      flowed: false,
      position: 'top',
      text: 'Hi\r\n',
    })
    slim.slots[0]!.charset = charset
    const facts = copyFacts({}, { files: [attachment('Café – «ÆØÅ» 文 ~+ 😀.pdf')] })
    const copy = (await writeCopy(facts, slim)).toString('latin1')
    expect(copy).toMatch(/^[\x00-\x7f]*$/)
    expect(copy).toContain('Anna Akesson har bifogat en fil.')
    expect(copy).toContain('- Cafe - "AEOA" _ ~+ _.pdf (1 kB)')
    expect(copy).not.toContain('?<')
  },
)

test.each(['base64', 'hex', 'x-unknown', 'utf-7-imap', 'utf-16'])(
  'for the charset "%s" in 8bit, it is ASCII',
  async charset => {
    const slim = slimMail({
      kind: 'text',
      charset: 'utf-8',
      encoding: '8bit',
      flowed: false,
      position: 'top',
      text: 'Hi\r\n',
    })
    slim.slots[0]!.charset = charset
    const copy = (await writeCopy(copyFacts(), slim)).toString('latin1')
    expect(copy).toContain(`\r\n${url}\r\n`)
    expect(copy).toContain('Anna Akesson har bifogat')
  },
)

test('in UTF-7, signs that begin something else are shielded', async () => {
  const slim = slimMail({
    kind: 'text',
    charset: 'utf-7',
    encoding: '7bit',
    flowed: false,
    position: 'top',
    text: 'Hi\r\n',
  })
  const files = [attachment('1+1~2.pdf')]
  const [part] = await readParts(await writeCopy(copyFacts({}, { files }), slim))
  expect(part!.text).toContain('- 1+1~2.pdf (1 kB)')
  expect(part!.text).toContain(`\r\n${url}\r\n`)
})

test('text and HTML of one mail each get the block', async () => {
  const slim = alternative([
    {
      kind: 'text',
      charset: 'utf-8',
      encoding: 'quoted-printable',
      flowed: true,
      position: 'top',
      text: 'Hej Bo!\r\n',
    },
    {
      kind: 'html',
      charset: 'iso-8859-1',
      encoding: '8bit',
      flowed: false,
      position: 'top',
      text: '<p>Hej Bo!</p>\r\n',
    },
  ])
  const { text, html } = await simpleParser(await writeCopy(copyFacts(), slim))
  expect(text).toContain(`\n${url}\n`)
  expect(text).toContain('Hej Bo!')
  expect(html).toContain(`href="${url}"`)
  expect(html).toContain('<p>Hej Bo!</p>')
})

test('whatever the chunks, the copy is the same, as long as foretold, and every slim byte is in it', async () => {
  const slim = alternative([
    { kind: 'text', charset: 'utf-8', encoding: 'base64', flowed: false, position: 'bottom', text: texts[0]! },
    { kind: 'html', charset: 'utf-8', encoding: '8bit', flowed: false, position: 'bottom', text: '<p>å</p>\r\n' },
  ])
  const facts = copyFacts()
  const whole = await writeCopy(facts, slim, slim.bytes.length)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async chunkBytes => {
      expect((await writeCopy(facts, slim, chunkBytes)).equals(whole)).toBe(true)
    }),
    { numRuns: 40 },
  )
  expect(
    copySize({ ...facts, message: { ...facts.message, slots: slim.slots, slimSizeBytes: slim.bytes.length } }),
  ).toBe(whole.length)
  const [first, second] = slim.slots.map(slot => slot.offset)
  for (const piece of [
    [0, first!],
    [first!, second!],
    [second!, slim.bytes.length],
  ])
    expect(whole.includes(slim.bytes.subarray(piece[0], piece[1]))).toBe(true)
})

test('any names and any text: the text stays, the URL is whole, and the mail is well-formed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { minLength: 1, maxLength: 5 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom<TransferEncoding>('8bit', 'quoted-printable', 'base64'),
      fc.constantFrom('text', 'html'),
      fc.constantFrom('top', 'bottom'),
      async (names, body, encoding, kind, position) => {
        // A mail's own text has whole lines of at most 998 bytes.
        const text = `${body
          .replace(/[\r\n\0]/g, ' ')
          .slice(0, 200)
          .toWellFormed()}|\r\n`
        const slim = slimMail({ kind, charset: 'utf-8', encoding, flowed: false, position, text })
        const copy = await writeCopy(
          copyFacts({ senderName: names[0]! }, { files: names.map(name => attachment(name)) }),
          slim,
        )
        const read = (await readParts(copy))[0]!.text
        expect(position === 'top' ? read.endsWith(text) : read.startsWith(text)).toBe(true)
        expect(read).toContain(kind === 'html' ? `href="${url}"` : `\r\n${url}\r\n`)
        expectWellFormed(copy)
      },
    ),
    { numRuns: 150 },
  )
})

test('a slim mail that ends early, or goes on, is never sent as a whole copy', async () => {
  const slim = slimMail({
    kind: 'text',
    charset: 'utf-8',
    encoding: '8bit',
    flowed: false,
    position: 'top',
    text: 'Hej\r\n',
  })
  const { bytes } = slim
  await expect(
    collect(verifyCopy(rewrite(facts(slim.bytes.length), inChunks(bytes.subarray(0, -2), 9)))),
  ).rejects.toThrow(/instead of/)
  await expect(collect(rewrite(facts(bytes.length - 2), inChunks(bytes, 9)))).rejects.toThrow(/instead of/)

  function facts(slimSizeBytes: number) {
    return copyFacts({ slots: slim.slots, slimSizeBytes })
  }
})

test.each([
  ['within a line', 12],
  ['outside of the slim mail', 9999],
])('a slot %s is refused', async (_, offset) => {
  const slim = slimMail({
    kind: 'text',
    charset: 'utf-8',
    encoding: '8bit',
    flowed: false,
    position: 'top',
    text: 'Hej\r\n',
  })
  slim.slots[0]!.offset = offset
  await expect(writeCopy(copyFacts(), slim)).rejects.toThrow(/slot at/)
})

test('a mail without a slot, or with a link that is no plain URL, is refused', async () => {
  const slim = slimMail({
    kind: 'text',
    charset: 'utf-8',
    encoding: '8bit',
    flowed: false,
    position: 'top',
    text: 'Hej\r\n',
  })
  await expect(writeCopy(copyFacts(), { ...slim, slots: [] })).rejects.toThrow(/no slot/)
  const link = { url: 'https://filer.example.org/l/"><script>', recipient: 'bo@example.net', isLocal: true }
  await expect(writeCopy(copyFacts({}, { link }), slim)).rejects.toThrow(/plain URL/)
})

function withoutBlock(text: string, position: 'top' | 'bottom'): string {
  const rule = /(?:- ){25,}-\r\n/g
  const found = [...text.matchAll(rule)]
  expect(found).toHaveLength(2)
  const start = found[0]!.index
  const end = found[1]!.index + found[1]![0].length
  const blank = '\r\n'
  if (position === 'top') {
    expect(text.slice(end, end + 2)).toBe(blank)
    return text.slice(0, start) + text.slice(end + 2)
  }
  expect(text.slice(start - 2, start)).toBe(blank)
  return text.slice(0, start - 2) + text.slice(end)
}

function expectWellFormed(copy: Buffer): void {
  const lines = copy.toString('latin1').split('\r\n')
  expect(lines.pop()).toBe('')
  for (const line of lines) {
    expect(line).not.toMatch(/[\r\n]/)
    expect(line.length).toBeLessThanOrEqual(998)
  }
}
