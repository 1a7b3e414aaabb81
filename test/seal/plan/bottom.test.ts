import { expect, test } from 'vitest'
import { findSignature } from '#seal/plan/signature.ts'
import { attachment, leaf, mail, multipart, type Entity } from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, textBlock } from '../../support/planned.ts'

const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const linkBlock = 'bottom'

function plain(content: string, encoding: '8bit' | 'quoted-printable' | 'base64' = '8bit', more = ''): Entity {
  return leaf(content, { type: `text/plain; charset=utf-8${more}`, encoding })
}

function page(content: string): Entity {
  return leaf(`<body>${content}</body>`, { type: 'text/html; charset=utf-8', encoding: '8bit' })
}

async function readCopy(entity: Entity): Promise<string> {
  const made = await planned(mail(entity), {}, { linkBlock })
  expect(made.plan.copy).toBe('detach')
  const { text } = await parse(made.copy)
  return (text ?? '').replaceAll(/ +\n/g, '\n')
}

test.each([
  ['as mail programs write it', 'Hej på dig\r\n-- \r\nÅsa\r\n', /^Hej på dig\n@\n--\nÅsa\s*$/],
  ['and nothing below it', 'Hej\r\n-- ', /^Hej\n@\n--\s*$/],
  [
    'above an answered text',
    'Hej\r\n\r\n-- \r\nÅsa\r\n\r\n> Hej\r\n> -- \r\n',
    /^Hej\n\n@\n--\nÅsa\n\n> Hej\n> --\s*$/,
  ],
  ['twice', 'Hej\r\n-- \r\nÅsa\r\n-- \r\nList\r\n', /^Hej\n@\n--\nÅsa\n--\nList\s*$/],
  ['and nothing above it', '-- \r\nÅsa\r\n', /^@\n--\nÅsa\s*$/],
  ['in an answered text only', '> Hej\r\n> -- \r\nHej\r\n', /^> Hej\n> --\nHej\n@\s*$/],
  ['without its blank', 'Hej\r\n--\r\nÅsa\r\n', /^Hej\n--\nÅsa\n@\s*$/],
  ['with more on the line', 'Hej\r\n-- Åsa\r\n', /^Hej\n-- Åsa\n@\s*$/],
  ['with a blank before it', 'Hej\r\n -- \r\nÅsa\r\n', /^Hej\n --\nÅsa\n@\s*$/],
  ['after a long text', `${'Hej på dig. '.repeat(9000)}\r\n-- \r\nÅsa\r\n`, /dig\.\n@\n--\nÅsa\s*$/],
])('below a text, the block is above the signature: %s', async (_, content, wanted) => {
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const)
    expect((await readCopy(multipart('mixed', [plain(content, encoding), pdf]))).replace(textBlock, '@')).toMatch(
      wanted,
    )
})

test('in quoted-printable the line of the signature is found however it is written', async () => {
  for (const delimiter of ['\r\n--=20\r\n', '\r\n=2D- =\r\n\r\n', '=0D=0A--=20=0D=0A']) {
    const body = Buffer.from(`Hej${delimiter}Bo\r\n`)
    const entity = { ...plain('', 'quoted-printable'), body }
    const text = await readCopy(multipart('mixed', [entity, pdf]))
    // Where it is no line as it is written, nothing is cut.
    expect(text).toMatch(delimiter.startsWith('=0D') ? /Bo\nÅLINK-BLOCK/ : /Hej\nÅLINK-BLOCK\n--\nBo/)
  }
})

test('the last paragraph above a signature does not flow into the block', async () => {
  const body = plain('A paragraph \r\n-- \r\nBo\r\n', '8bit', '; format=flowed')
  const { copy } = await planned(mail(multipart('mixed', [body, pdf])), {}, { linkBlock })
  expect(copy.toString()).toContain(`A paragraph \r\n\r\n${textBlock}\r\n-- \r\nBo\r\n`)
})

test('a signature is found wherever the blocks of a text end', () => {
  const text = Buffer.from(`${'x'.repeat(40)} \r\n-- \r\nBo`)
  for (let size = 1; size <= text.length; size += 1) {
    const search = findSignature()
    for (let at = 0; at < text.length; at += size) search.write(text.subarray(at, at + size))
    expect(search.end(2)).toEqual({ at: 86, followsBlank: true })
  }
})

test('with text and files in turns, the block is in the first text at the top, in the last at the bottom', async () => {
  const [first, second] = [plain('First\r\n'), plain('Second\r\n')]
  const pages = multipart('mixed', [page('First'), pdf, page('Second')])
  for (const [entity, block] of [
    [multipart('mixed', [first, pdf, second]), textBlock],
    [multipart('mixed', [first, multipart('mixed', [pdf, second]), pdf]), textBlock],
    [pages, htmlBlock],
  ] as const) {
    const words = async (position: 'top' | 'bottom') => {
      const { copy } = await planned(mail(entity), {}, { linkBlock: position })
      return copy.toString().match(new RegExp(`First|Second|${block}`, 'g'))
    }
    expect(await words('top')).toEqual([block, 'First', 'Second'])
    expect(await words('bottom')).toEqual(['First', 'Second', block])
  }
  const versions = multipart('alternative', [plain('Both\r\n'), pages])
  const { copy, plan } = await planned(mail(versions), {}, { linkBlock })
  expect(plan.slots.map(({ kind }) => kind)).toEqual(['text', 'html'])
  expect(copy.toString().replace(/\s+/g, '')).toMatch(new RegExp(`Both${textBlock}.*First.*Second${htmlBlock}</body>`))
})

test.each([
  ['no text', multipart('mixed', [pdf, pdf])],
  ['only a file', pdf],
  ['an empty text', multipart('mixed', [plain(''), pdf])],
])('a mail with %s has the block at the top, with nothing above it', async (_, entity) => {
  const { plan } = await planned(mail(entity), {}, { linkBlock })
  expect(plan.slots).toMatchObject([{ position: 'top' }])
})

test.each([
  ['text/html', '<p>Hej</p> '],
  ['text/plain', 'Hej\t'],
  ['text/plain', 'Hej\r\n '],
])(
  'below a quoted-printable %s that ends in a blank of its own, nothing can be added: the block is above',
  async (type, body) => {
    const bytes = Buffer.from(
      [
        'From: a@example.org',
        'MIME-Version: 1.0',
        'Content-Type: multipart/mixed; boundary=b',
        '',
        '--b',
        `Content-Type: ${type}; charset=utf-8`,
        'Content-Transfer-Encoding: quoted-printable',
        '',
        body,
        '--b',
        'Content-Type: application/pdf',
        '',
        'x',
        '--b--',
        '',
      ].join('\r\n'),
    )
    const made = await planned(bytes, {}, { linkBlock })
    expect(made.plan).toMatchObject({ copy: 'detach', slots: [{ position: 'top' }] })
  },
)
