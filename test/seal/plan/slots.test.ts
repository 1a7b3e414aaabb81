import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import {
  attachment,
  leaf,
  mail,
  multipart,
  usualFields,
  type Entity,
  type LeafOptions,
} from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, textBlock } from '../../support/planned.ts'

const positions = ['top', 'bottom'] as const
const encodings = ['7bit', '8bit', 'binary', 'quoted-printable', 'base64'] as const

/** The text of a mail with one body and one file, after the link block has been put in. */
async function copyWith(body: Entity, linkBlock: 'top' | 'bottom' = 'top') {
  const made = await planned(mail(multipart('mixed', [body, attachment('x', 'a.bin')])), {}, { linkBlock })
  expect(made.plan.copy).toBe('detach')
  for (const { offset } of made.plan.slots) expect(made.slim.toString('latin1', 0, offset)).toMatch(/\r\n$/)
  return { ...made, read: await parse(made.copy) }
}

function plain(content: string | Buffer, options: LeafOptions = {}): Entity {
  return leaf(content, { type: 'text/plain; charset=utf-8', encoding: '8bit', ...options })
}

function html(content: string | Buffer, options: LeafOptions = {}): Entity {
  return leaf(content, { type: 'text/html; charset=utf-8', ...options })
}

/** Without blanks at line ends, which the block may have got, and line ends at the very end. */
function lines(text: string | undefined): string[] {
  return (text ?? '').trimEnd().split(/ *\r?\n/)
}

for (const encoding of encodings) {
  const letters = encoding === '7bit' ? 'abc' : 'åäö'
  test.each(['', 'x', 'xy', 'xyz', `${letters}\r\n`, `first\r\n\r\n${letters}`, `${letters} `.repeat(60)])(
    `a text in ${encoding} with a block above and below: %j`,
    async content => {
      const above = await copyWith(plain(content, { encoding }))
      expect(lines(above.read.text)).toEqual(lines(`${textBlock}\r\n${content}`))
      const below = await copyWith(plain(content, { encoding }), 'bottom')
      const before = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`
      expect(lines(below.read.text)).toEqual(lines(`${before}${textBlock}`))
    },
  )

  const page = `<html>\r\n<head><title>${letters}</title></head><body class="a">${letters} ${'long '.repeat(30)}</body></html>\r\n`
  // Every length once, so that each place within a base64 quantum is met.
  test.each(['', 'x', 'xy', '\r\n'])(`HTML in ${encoding} with a block in its body, %j`, async extra => {
    const content = page.replace('<head>', `<head>${extra}`).replace('"a">', `"a">${extra}`)
    for (const [position, tag] of [
      ['top', '<body class="a">'],
      ['bottom', '</body>'],
    ] as const) {
      const { read } = await copyWith(html(content, { encoding }), position)
      const wanted =
        position === 'top' ? content.replace(tag, `${tag}${htmlBlock}`) : content.replace(tag, `${htmlBlock}${tag}`)
      expect(String(read.html).replace(/\s+/g, '')).toBe(wanted.replace(/\s+/g, ''))
    }
  })
}

test.each([
  ['within a comment', '<!-- <body> --><p><body><b>', '<!-- <body> --><p><body>'],
  ['within a conditional comment', '<!--[if mso]><body><![endif]--><body>', '<!--[if mso]><body><![endif]--><body>'],
  ['within a script', '<script>"<body>"</script ><BODY\r\nid=x>', '<script>"<body>"</script ><BODY\r\nid=x>'],
  ['within a style', '<style><body></style><body>', '<style><body></style><body>'],
  ['within a title', '<title><body></title><body>', '<title><body></title><body>'],
  ['within a value', '<meta a="<body>" b=\'<body>\'><body c=">" d>', '<meta a="<body>" b=\'<body>\'><body c=">" d>'],
  ['in a name that is longer', '<bodyguard></head x><body>', '<bodyguard></head x><body>'],
  ['after something that is no tag', '< body><<body>', '< body><<body>'],
  ['missing, with a head', '<html><head><meta></head><p>', '<html><head><meta></head>'],
  ['missing, with a head that does not end', '<html><head><p>', '<html><head>'],
  ['missing, with html', '<!DOCTYPE html><html><p>', '<!DOCTYPE html><html>'],
  ['missing, with a doctype', '<!DOCTYPE html><p>', '<!DOCTYPE html>'],
  ['missing', '<p>Hello', ''],
  ['there twice, as in a reply', '<body>1<body>2', '<body>'],
])('the block comes below the body tag that is %s', async (_, content, above) => {
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const) {
    const { read } = await copyWith(html(content, { encoding }))
    const [before, after] = String(read.html).split(htmlBlock)
    const expected = [above, content.slice(above.length)].map(part => part.replaceAll('\r\n', '\n'))
    expect([before!.replace(/\s+$/, ''), after!.trim()]).toEqual(expected)
  }
})

test.each([
  ['there twice', '<body>1</body><body>2</body></html>', '</body></html>'],
  ['within a comment too', '<body>1</body><!-- </body> -->', '</body><!-- </body> -->'],
  ['missing, with html', '<html>1</html>\r\n', '</html>\r\n'],
  ['missing', '<p>1', ''],
])('at the bottom the block comes before the end of the body that is %s', async (_, content, below) => {
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const) {
    const { read } = await copyWith(html(content, { encoding }), 'bottom')
    expect(String(read.html).split(htmlBlock)[1]!.trim()).toBe(below.trim())
  }
})

test.each(['iso-8859-1', 'windows-1252', 'iso-8859-15', 'utf-8', 'gb18030'])(
  'a text in %s is written into as such',
  async charset => {
    const content = iconv.encode('åäö', charset)
    for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const) {
      for (const position of positions) {
        const type = `text/plain; charset="${charset.toUpperCase()}"`
        const { read, plan } = await copyWith(plain(content, { type, encoding }), position)
        expect(plan.slots).toMatchObject([{ charset, encoding, kind: 'text' }])
        expect(lines(read.text)).toEqual(position === 'top' ? [textBlock, 'åäö'] : ['åäö', textBlock])
      }
    }
  },
)

test.each(['utf-16', 'utf-16le', 'utf-16be'])(
  'a text in %s is written into behind its byte order mark',
  async charset => {
    const content = iconv.encode('åäö', charset, { addBOM: true })
    for (const position of positions) {
      const type = `text/plain; charset=${charset}`
      const { plan, read } = await copyWith(plain(content, { type, encoding: 'base64' }), position)
      expect(plan.slots[0]!.charset).toMatch(/^utf-16[lb]e$/)
      const expected = position === 'top' ? [textBlock, 'åäö'] : ['åäö', textBlock]
      expect(lines(read.text?.replace('\ufeff', ''))).toEqual(expected)
      const page = iconv.encode('<title>å</title><body>x</body>', charset, { addBOM: true })
      const inHtml = await copyWith(html(page, { type: `text/html; charset=${charset}`, encoding: 'base64' }), position)
      expect(String(inHtml.read.html).replace(/\s+/g, '').replace('\ufeff', '')).toBe(
        position === 'top'
          ? `<title>å</title><body>${htmlBlock}x</body>`
          : `<title>å</title><body>x${htmlBlock}</body>`,
      )
    }
  },
)

test('in ISO-2022-JP, what only looks like a tag between two escape sequences is none', async () => {
  const japanese = '\x1b$B<body>\x1b(B'
  const { slim, plan } = await copyWith(
    html(`<p>${japanese}<body>x`, { type: 'text/html; charset=iso-2022-jp', encoding: '7bit' }),
  )
  const { offset } = plan.slots[0]!
  expect(slim.toString('latin1', 0, offset)).toMatch(/\(B<body>\r\n$/)
  expect(slim.toString('latin1', offset, offset + 1)).toBe('x')
})

test('a text in 7bit becomes 8bit, and says utf-8, with all that it is in; HTML stays as it is', async () => {
  const inner = multipart(
    'alternative',
    [
      leaf('text', { type: 'text/plain; format=flowed; charset="US-ASCII" (plain)', encoding: '7bit' }),
      leaf('<p>', { type: 'text/html', encoding: '7bit' }),
    ],
    { fields: ['Content-Transfer-Encoding: 7bit'], boundary: 'in' },
  )
  const outer = multipart('related', [inner, attachment('x', 'a.bin')], { boundary: 'out' })
  const { slim, plan, read } = { ...(await planned(mail(outer))), read: null }
  expect(read).toBeNull()
  expect(slim.toString()).toBe(
    [
      ...usualFields,
      'Content-Type: multipart/related; boundary="out"',
      '',
      '--out',
      'Content-Type: multipart/alternative; boundary="in"',
      'Content-Transfer-Encoding: 8bit',
      '',
      '--in',
      'Content-Type: text/plain; format=flowed; charset=utf-8 (plain)',
      'Content-Transfer-Encoding: 8bit',
      '',
      'text',
      '--in',
      'Content-Type: text/html',
      'Content-Transfer-Encoding: 7bit',
      '',
      '\r\n<p>\r\n--in--\r\n--out--\r\n',
    ]
      .join('\r\n')
      .replace('\r\n\r\n\r\n<p>', '\r\n\r\n<p>'),
  )
  expect(plan.slots).toMatchObject([
    { kind: 'text', charset: 'utf-8', encoding: '8bit', flowed: true },
    { kind: 'html', charset: 'utf-8', encoding: '7bit', flowed: false },
  ])
})

test('a text that says nothing of itself gets labels', async () => {
  const { slim, read } = await copyWith(leaf('text'))
  expect(slim.toString()).toContain(
    '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\ntext',
  )
  expect(read.text).toContain(`${textBlock}\ntext`)
})

test('a folded Content-Type keeps its other parameters', async () => {
  const { slim } = await copyWith(leaf('text', { type: 'text/plain;\r\n\tx-note="charset=us-ascii";' }))
  expect(slim.toString()).toContain('Content-Type: text/plain;\r\n\tx-note="charset=us-ascii";\r\n charset=utf-8\r\n')
})

test('a block below a flowed text is no part of its last paragraph', async () => {
  for (const encoding of ['8bit', 'base64'] as const) {
    const { copy, plan } = await copyWith(
      plain('a paragraph \r\n', { type: 'text/plain; charset=utf-8; format=flowed', encoding }),
      'bottom',
    )
    expect(plan.slots[0]!.flowed).toBe(true)
    // As bytes: the independent reader joins the blank line as well.
    const encoded = copy.toString().split('\r\n\r\n')[1]!
    const text = encoding === '8bit' ? copy.toString() : Buffer.from(encoded, 'base64').toString()
    expect(text).toMatch(new RegExp(`a paragraph \r\n\r\n${textBlock} *\r\n`))
  }
})

test('a soft break at the end of a text is ended before the block', async () => {
  const body = leaf('text=\r\n=', {
    type: 'text/plain; charset=utf-8',
    fields: ['Content-Transfer-Encoding: quoted-printable'],
  })
  expect((await copyWith(body, 'bottom')).read.text?.trim()).toBe(`text\n${textBlock}`)
})

test.each([
  ['a charset that nobody knows', plain('x', { type: 'text/plain; charset=x-unknown' })],
  ['a charset in which ASCII is something else', plain('x', { type: 'text/plain; charset=cp037', encoding: 'base64' })],
  ['unlabelled bytes that are no UTF-8', plain(Buffer.from('\xe5', 'latin1'), { type: 'text/plain' })],
  ['UTF-16 without its byte order', plain('\0x', { type: 'text/plain; charset=utf-16', encoding: 'base64' })],
  ['UTF-16 that is not encoded', plain('x', { type: 'text/plain; charset=utf-16le' })],
  ['HTML that would have a boundary line behind the block', html('<body>--=_mixed_1')],
  [
    'the same in quoted-printable',
    html('<body>--=_mixed_1', { fields: ['Content-Transfer-Encoding: quoted-printable'] }),
  ],
  ['HTML in UTF-7', html('<body>', { type: 'text/html; charset=utf-7' })],
  ['base64 that does not decode', leaf('QUJD!', { type: 'text/plain', fields: ['Content-Transfer-Encoding: base64'] })],
  [
    'an alternative of another kind',
    multipart('alternative', [plain('x'), leaf('<html amp4email>', { type: 'text/x-amp-html' })]),
  ],
  ['nothing to read but a calendar', multipart('alternative', [leaf('BEGIN', { type: 'text/calendar' })])],
])('a text that cannot be written into without guessing is sealed: %s', async (_, body) => {
  const { plan } = await planned(mail(multipart('mixed', [body, attachment('x', 'a.bin')])))
  expect(plan).toMatchObject({
    copy: 'notice',
    slots: [],
    files: [{ kind: 'body' }, { kind: 'attachment', name: 'a.bin' }],
  })
})

test('an empty text that shares its blank line with the next boundary gets the block, also when what follows goes', async () => {
  const [header, parts] = [
    'Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n',
    '--b\r\nContent-Type: text/plain\r\n\r\n--b\r\nContent-Type: image/gif\r\n\r\n--b--\r\n',
  ]
  for (const linkBlock of positions) {
    const { copy, files } = await planned(Buffer.from(header + parts), {}, { linkBlock })
    expect(files.map(({ name, bytes }) => [name, bytes.length])).toEqual([['file-1.gif', 0]])
    expect(await parse(copy)).toMatchObject({ attachments: [], text: expect.stringContaining(textBlock) })
  }
})

test('wherever base64 is cut, no line is left empty', async () => {
  for (let length = 0; length < 80; length += 1) {
    const { copy, read } = await copyWith(html(`${'x'.repeat(length)}<body>${'y'.repeat(100)}`, { encoding: 'base64' }))
    expect(String(read.html).replace(/\s/g, '')).toBe(`${'x'.repeat(length)}<body>${htmlBlock}${'y'.repeat(100)}`)
    const encoded = copy.toString().split('base64\r\n\r\n')[1]!.split('\r\n--')[0]!
    expect(encoded).toMatch(/^([A-Za-z0-9+/=]+(\r\n|$))+$/)
  }
})

test('no line of quoted-printable becomes longer than 76', async () => {
  for (const end of ['\r\n', '=\r\n', ' =\r\n'].map(ending => `<body>${ending}`)) {
    const content = `${'x'.repeat(78 - end.length)}${end}${'y'.repeat(70)}`
    const fields = ['Content-Transfer-Encoding: quoted-printable']
    const { copy } = await copyWith(leaf(content, { type: 'text/html; charset=utf-8', fields }))
    for (const line of copy.toString().split('\r\n')) expect(line.length).toBeLessThanOrEqual(76)
  }
})
