import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, type Entity } from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, textBlock, type Planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const html = leaf('<body><p>Hello <img src="cid:logo@x"></p></body>', { type: 'text/html', encoding: '7bit' })
const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const logo = inlineImage('PNG-BYTES', 'logo@x')

function inlineImage(content: string, contentId: string, disposition = 'inline; filename=logo.png'): Entity {
  return leaf(content, { type: 'image/png; name=logo.png', encoding: 'base64', contentId, disposition })
}

function contents({ files }: Planned): string[] {
  return files.map(({ name, bytes }) => `${name}: ${bytes.toString('latin1')}`)
}

async function shown(made: Planned): Promise<string[]> {
  return (await parse(made.copy)).attachments.map(part => part.content.toString())
}

test('related within alternative within mixed, as most clients send it: image and texts stay, files go', async () => {
  const body = multipart('alternative', [text, multipart('related', [html, logo])])
  const made = await planned(mail(multipart('mixed', [body, pdf, attachment('ZIP', 'all.zip')])))
  expect(contents(made)).toEqual(['report.pdf: PDF-BYTES', 'all.zip: ZIP'])
  expect(await shown(made)).toEqual(['PNG-BYTES'])
  const read = await parse(made.copy)
  expect(read.text).toContain(`${textBlock}\nHello Bo`)
  expect(read.html).toContain(htmlBlock)
  expect(made.slim.toString()).toBe(mail(body).toString().replace('<body>', '<body>\r\n'))
})

test.each([
  ['directly in the multipart/mixed', multipart('mixed', [html, logo, pdf])],
  ['beside alternatives', multipart('mixed', [multipart('alternative', [text, html]), logo, pdf])],
  ['in a multipart/related of its own', multipart('mixed', [html, multipart('related', [logo]), pdf])],
  ['in a multipart/mixed within the related one', multipart('related', [html, multipart('mixed', [logo, pdf])])],
  ['before the text that shows it', multipart('mixed', [logo, html, pdf])],
])('an inline image stays where an HTML text shows it, also %s', async (_, entity) => {
  const made = await planned(mail(entity))
  expect(made.plan.copy).toBe('detach')
  expect(contents(made)).toEqual(['report.pdf: PDF-BYTES'])
  expect(await shown(made)).toEqual(['PNG-BYTES'])
  const sealed = await planned(mail(entity), { private: true })
  expect(sealed.files.map(({ name }) => name)).toEqual(['message.eml', 'report.pdf'])
  expect((await parse(sealed.files[0]!.bytes)).attachments.map(part => part.content.toString())).toEqual(['PNG-BYTES'])
})

test.each([
  ['marked as an attachment', inlineImage('SECRET', 'logo@x', 'attachment; filename=logo.png')],
  ['that no HTML shows', inlineImage('SECRET', 'other@x')],
  ['of the same Content-ID as one before it', inlineImage('SECRET', 'logo@x')],
  [
    'that is no image',
    leaf('SECRET', { type: 'application/pdf; name=logo.png', contentId: 'logo@x', encoding: '7bit' }),
  ],
])('beside it, one %s is a file', async (_, other) => {
  for (const kind of ['mixed', 'related'])
    expect(contents(await planned(mail(multipart(kind, [html, logo, other]))))).toEqual(['logo.png: SECRET'])
})

test('text and inline files in turns, as Apple Mail sends them: texts stay in their order, files go', async () => {
  const lines = ['First', 'Second', 'Third'].map(line =>
    leaf(`${line}\r\n`, { type: 'text/plain; charset=us-ascii', encoding: '7bit' }),
  )
  const [image, film] = [
    inlineImage('PNG', 'a@apple'),
    leaf('FILM', { type: 'video/quicktime', disposition: 'inline; filename=film.mov', encoding: 'base64' }),
  ]
  const made = await planned(mail(multipart('mixed', [lines[0]!, image, lines[1]!, film, lines[2]!])))
  expect(contents(made)).toEqual(['logo.png: PNG', 'film.mov: FILM'])
  expect((await parse(made.copy)).text?.match(/\S+/g)).toEqual([textBlock, 'First', 'Second', 'Third'])
})

test('a mail within a mail within a mail is one file, byte for byte', async () => {
  const inner = mail(multipart('mixed', [text, pdf], { boundary: 'inner' }), ['Subject: innermost'])
  const outer = mail(multipart('mixed', [text, leaf(inner, { type: 'message/rfc822' })], { boundary: 'outer' }), [
    'Subject: outer',
  ])
  const attached = leaf(outer, { type: 'message/rfc822; name="Fwd: x.eml"', disposition: 'attachment' })
  const made = await planned(mail(multipart('mixed', [text, attached], { boundary: 'outermost' })))
  expect(made.files.map(({ name }) => name)).toEqual(['Fwd_ x.eml'])
  expect(made.files[0]!.bytes.equals(outer)).toBe(true)
  expect(made.slim.toString()).not.toMatch(/innermost|inner|report/)
})

test('an invitation that is attached is a file; one that is an alternative stays', async () => {
  const ics = 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR'
  const calendar = leaf(ics, { type: 'text/calendar; charset=utf-8; method=REQUEST', encoding: '7bit' })
  const attached = leaf(ics, {
    type: 'application/ics; name=invite.ics',
    disposition: 'attachment; filename=invite.ics',
    encoding: 'base64',
  })
  const made = await planned(mail(multipart('mixed', [multipart('alternative', [text, html, calendar]), attached])))
  expect(contents(made)).toEqual([`invite.ics: ${ics}`])
  expect(made.slim.toString()).toContain(`\r\n\r\n${ics}\r\n--`)
  expect(made.plan.slots.map(slot => slot.kind)).toEqual(['text', 'html'])
  expect(contents(await planned(mail(multipart('mixed', [text, calendar]))))).toEqual([`file-1.ics: ${ics}`])
})

test('parts without names are named by number and type, and names that are given twice are told apart', async () => {
  const nameless = ['application/pdf', 'image/tiff', 'application/x-unheard-of', 'message/rfc822'].map(type =>
    leaf('x', { type }),
  )
  const twice = ['Scan.pdf', 'Scan.pdf', 'scan.PDF'].map(name => attachment('y', name))
  const { files } = await planned(mail(multipart('mixed', [text, ...nameless, ...twice])))
  expect(files.map(({ name }) => name)).toEqual([
    'file-1.pdf',
    'file-2.tif',
    'file-3.bin',
    'file-4.eml',
    'Scan.pdf',
    'Scan (2).pdf',
    'scan (3).PDF',
  ])
})

test('a flowed text with DelSp stays as it is, and the block does not flow into it', async () => {
  const flowed = leaf('A line that  \r\ngoes on \r\nhere.\r\n> quoted  \r\n> on\r\n', {
    type: 'text/plain; charset=utf-8; format=flowed; delsp=yes',
    encoding: '8bit',
  })
  const made = await planned(mail(multipart('mixed', [flowed, pdf])))
  expect(made.plan.slots).toMatchObject([{ flowed: true }])
  expect(made.slim.toString()).toBe(mail(flowed).toString())
  expect(made.copy.toString()).toContain(`\r\n${textBlock}\r\nA line that  \r\n`)
})

test.each([
  ['iso-8859-1', 'Grüße från Åsa', ['8bit', 'quoted-printable', 'base64']],
  ['windows-1252', 'Pris: 5 € – „billigt“', ['8bit', 'quoted-printable', 'base64']],
  ['iso-2022-jp', 'こんにちは', ['7bit', 'quoted-printable', 'base64']],
  ['utf-16', 'Åsa säger hej', ['base64']],
  ['utf-8', 'naïve 😀', ['8bit', 'quoted-printable', 'base64']],
] as const)('a body in %s reads as before, below and above the block', async (charset, content, encodings) => {
  for (const encoding of encodings) {
    for (const linkBlock of ['top', 'bottom'] as const) {
      const bytes =
        charset === 'iso-2022-jp' ? japanese : iconv.encode(content, charset, { addBOM: charset === 'utf-16' })
      const body = leaf(bytes, { type: `text/plain; charset=${charset}`, encoding })
      const made = await planned(mail(multipart('mixed', [body, pdf])), {}, { linkBlock })
      expect(contents(made)).toEqual(['report.pdf: PDF-BYTES'])
      expect((await parse(made.copy)).text?.replace('\ufeff', '').split(/\s*\n/).filter(Boolean)).toEqual(
        linkBlock === 'top'
          ? [expect.stringContaining('LINK-BLOCK'), content]
          : [content, expect.stringContaining('LINK-BLOCK')],
      )
    }
  }
})

/** こんにちは, as RFC 1468 has it. */
const japanese = Buffer.from('\x1b$B$3$s$K$A$O\x1b(B', 'latin1')

test.each([
  ['iso-2022-jp', japanese.subarray(0, -3)],
  ['iso-2022-kr', Buffer.from('\x1b$)C\r\n\x0e1W')],
])(
  'a text in %s that does not end in ASCII gets the block at its top, wherever it is wanted',
  async (charset, bytes) => {
    const body = leaf(bytes, { type: `text/plain; charset=${charset}`, encoding: '7bit' })
    const { plan, slim } = await planned(mail(multipart('mixed', [body, pdf])), {}, { linkBlock: 'bottom' })
    expect(plan.slots).toMatchObject([{ position: 'top', offset: slim.indexOf(bytes) }])
  },
)

test('in ISO-2022-KR, tags are found between the shifts only', async () => {
  const page = '\x1b$)C<head></head>\x0e<body>\x0f<body>x\x0e1W\x0f</body>'
  const body = leaf(page, { type: 'text/html; charset=iso-2022-kr', encoding: '7bit' })
  for (const [linkBlock, place] of [
    ['top', /\x0f<body>\r\n$/],
    ['bottom', /\x0f\r\n$/],
  ] as const) {
    const { plan, slim } = await planned(mail(multipart('mixed', [body, pdf])), {}, { linkBlock })
    expect(slim.toString('latin1', 0, plan.slots[0]!.offset)).toMatch(place)
  }
})

test('headers in raw UTF-8 (SMTPUTF8) stay, and name files', async () => {
  const fields = [
    'From: Åsa <åsa@räksmörgås.example>',
    'To: 用户@例子.example',
    'Subject: Årsbokslut [säker]',
    'MIME-Version: 1.0',
  ]
  const file = leaf('x', { type: 'application/pdf', disposition: 'attachment; filename="Årsbokslut.pdf"' })
  const { slim, files } = await planned(mail(multipart('mixed', [text, file]), fields), {
    changedSubject: 'Årsbokslut',
  })
  expect(slim.toString()).toContain(`${fields[0]}\r\n${fields[1]}\r\nSubject: =?utf-8?B?`)
  expect(files.map(({ name }) => name)).toEqual(['Årsbokslut.pdf'])
})

test('empty parts of every kind: texts stay, files go', async () => {
  const empty = [
    leaf('', { type: 'text/plain' }),
    leaf('', { type: 'application/pdf', encoding: 'base64' }),
    attachment('', 'empty.txt', 'text/plain'),
    leaf(''),
  ]
  const made = await planned(mail(multipart('mixed', empty)))
  expect(contents(made)).toEqual(['file-1.pdf: ', 'empty.txt: '])
  expect((await parse(made.copy)).text?.trim()).toBe(textBlock)
})

test('preambles and epilogues are dropped, whatever they look like', async () => {
  const around = {
    preamble: 'This is a multi-part message in MIME format.\r\n--\r\n--a',
    epilogue: '\r\n-- \r\nSent by a list\r\n',
  }
  const texts = [text, text]
  const made = await planned(mail(multipart('mixed', [...texts, pdf], { boundary: 'b', ...around })))
  expect(made.slim.toString()).toBe(mail(multipart('mixed', texts, { boundary: 'b' })).toString())
})

test('boundaries of which one is the start of another are told apart', async () => {
  const inner = multipart('alternative', [text, html], { boundary: 'b1' })
  const outer = multipart('related', [inner, logo], { boundary: 'b12' })
  const made = await planned(mail(multipart('mixed', [outer, pdf], { boundary: 'b123' })))
  expect(contents(made)).toEqual(['report.pdf: PDF-BYTES'])
  expect(await shown(made)).toEqual(['PNG-BYTES'])
})

test('900 levels deep, a text gets the block and a file is found', async () => {
  let nested = multipart('mixed', [text, pdf], { boundary: 'level-0.' })
  for (let level = 1; level < 900; level += 1) nested = multipart('mixed', [nested], { boundary: `level-${level}.` })
  const made = await planned(mail(nested))
  expect(contents(made)).toEqual(['report.pdf: PDF-BYTES'])
  expect(made.copy.toString()).toContain(`\r\n\r\n${textBlock}\r\nHello Bo\r\n`)
  const { files } = await planned(mail(nested), { private: true })
  expect(files.map(({ name }) => name)).toEqual(['message.eml', 'report.pdf'])
})
