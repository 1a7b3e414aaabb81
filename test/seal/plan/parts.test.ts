import { expect, test } from 'vitest'
import { attachment, leaf, mail, multipart, usualFields, written, type Entity } from '../../support/mail-builder.ts'
import { htmlBlock, parse, planned, textBlock } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const html = leaf('<html><body><p>Hello <img src="cid:logo@x"></p></body></html>', {
  type: 'text/html; charset=utf-8',
  encoding: '8bit',
})
const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const logo = leaf('PNG-BYTES', { type: 'image/png', encoding: 'base64', contentId: 'logo@x', disposition: 'inline' })
const forwarded = leaf(
  written(multipart('mixed', [leaf('inner'), attachment('INNER', 'inner.bin')], { boundary: 'inner' })),
  {
    type: 'message/rfc822',
  },
)
const invitation = leaf('BEGIN:VCALENDAR', { type: 'text/calendar; method=REQUEST; name=invite.ics', encoding: '8bit' })

/** What each row of the table says: the files, and what the slim mail still shows to an independent reader. */
interface Row {
  files: [name: string, content: string | Buffer][]
  shows: string[]
  keeps?: string[]
}

const rows: [string, Entity, Row][] = [
  [
    'an attachment beside a text',
    multipart('mixed', [text, pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo'] },
  ],
  [
    'an attachment beside text and HTML',
    multipart('mixed', [multipart('alternative', [text, html]), pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo', '<p>Hello'] },
  ],
  [
    'an inline image that the HTML shows',
    multipart('mixed', [multipart('related', [multipart('alternative', [text, html]), logo]), pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo', '<p>Hello'], keeps: ['PNG-BYTES'] },
  ],
  [
    'an image in a multipart/related that no HTML shows, in the order of the mail',
    multipart('related', [
      html,
      logo,
      leaf('OTHER', { type: 'image/png; name=o.png', encoding: 'base64', contentId: 'o@x' }),
      pdf,
    ]),
    {
      files: [
        ['o.png', 'OTHER'],
        ['report.pdf', 'PDF-BYTES'],
      ],
      shows: ['<p>Hello'],
      keeps: ['PNG-BYTES'],
    },
  ],
  [
    'a text of a disposition that nobody knows',
    multipart('mixed', [text, leaf('unknown', { type: 'text/plain', disposition: 'x-unheard-of' })]),
    { files: [['file-1.txt', 'unknown']], shows: ['Hello Bo'] },
  ],
  [
    'an image that the HTML shows, also if it is marked as an attachment',
    multipart('related', [
      html,
      leaf('PNG', { type: 'image/png', encoding: 'base64', contentId: 'logo@x', disposition: 'attachment' }),
      pdf,
    ]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['<p>Hello'], keeps: ['PNG'] },
  ],
  [
    'a document in a multipart/related, though it has a Content-ID that the HTML names',
    multipart('related', [html, leaf('DOC', { type: 'application/pdf', encoding: 'base64', contentId: 'logo@x' })]),
    { files: [['file-1.pdf', 'DOC']], shows: ['<p>Hello'] },
  ],
  [
    'a multipart/related that names its root',
    multipart('related', [logo, leaf('<img src="cid:logo@x">', { type: 'text/html', contentId: 'root@x' }), pdf], {
      parameters: 'start="<root@x>"',
    }),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['<img'], keeps: ['PNG-BYTES'] },
  ],
  [
    'parts of other types without any disposition',
    multipart('mixed', [
      text,
      leaf('GIF', { type: 'image/gif', encoding: 'base64' }),
      leaf('a;b', { type: 'text/csv' }),
    ]),
    {
      files: [
        ['file-1.gif', 'GIF'],
        ['file-2.csv', 'a;b'],
      ],
      shows: ['Hello Bo'],
    },
  ],
  [
    'a text whose file name is empty',
    multipart('mixed', [leaf('Hello Bo', { type: 'text/plain; name=""', disposition: 'inline; filename=" "' }), pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo'] },
  ],
  [
    'a later text with a file name',
    multipart('mixed', [text, leaf('notes', { type: 'text/plain; name=notes.txt' })]),
    { files: [['notes.txt', 'notes']], shows: ['Hello Bo'] },
  ],
  [
    'a later text without a file name, as mailing lists put it',
    multipart('mixed', [text, pdf, leaf('footer', { type: 'text/plain' })]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo', 'footer'] },
  ],
  [
    'a text that is marked as an attachment',
    multipart('mixed', [
      text,
      leaf('<b>page</b>', { type: 'text/html', disposition: 'attachment; filename=page.html' }),
    ]),
    { files: [['page.html', '<b>page</b>']], shows: ['Hello Bo'] },
  ],
  [
    'a mail that is attached, which is not opened',
    multipart('mixed', [text, forwarded]),
    { files: [['file-1.eml', forwarded.body]], shows: ['Hello Bo'] },
  ],
  [
    'a mail that is attached in base64',
    multipart('mixed', [
      text,
      leaf('Subject: a\r\n\r\nb', { type: 'message/rfc822', encoding: 'base64', disposition: 'inline' }),
    ]),
    { files: [['a.eml', 'Subject: a\r\n\r\nb']], shows: ['Hello Bo'] },
  ],
  [
    'winmail.dat, which is not opened',
    multipart('mixed', [text, attachment('TNEF', 'winmail.dat', 'application/ms-tnef')]),
    { files: [['winmail.dat', 'TNEF']], shows: ['Hello Bo'] },
  ],
  [
    'an invitation, whose calendar stays beside the text',
    multipart('mixed', [multipart('alternative', [text, html, invitation]), pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo', '<p>Hello'], keeps: ['BEGIN:VCALENDAR'] },
  ],
  [
    'attachments within an alternative, as Apple Mail sends them',
    multipart('alternative', [text, multipart('mixed', [html, pdf, leaf('<p>after', { type: 'text/html' })])]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo', '<p>Hello', '<p>after'] },
  ],
  [
    'a multipart of an unknown kind, read as mixed',
    multipart('x-unheard-of', [text, pdf]),
    { files: [['report.pdf', 'PDF-BYTES']], shows: ['Hello Bo'] },
  ],
  [
    'quoted-printable and unencoded attachments',
    multipart('mixed', [
      text,
      leaf('å=\r\n ', { type: 'text/x-a', encoding: 'quoted-printable', disposition: 'attachment; filename=a-file' }),
      leaf('line\r\n\r\nline\r\n', { type: 'text/x-b', encoding: '7bit', disposition: 'attachment; filename=b-file' }),
      leaf('\xff\0', { type: 'application/x-c', encoding: 'binary', disposition: 'attachment; filename=c-file' }),
    ]),
    {
      files: [
        ['a-file', 'å=\r\n '],
        ['b-file', 'line\r\n\r\nline\r\n'],
        ['c-file', '\xff\0'],
      ],
      shows: ['Hello Bo'],
    },
  ],
  [
    'an empty attachment',
    multipart('mixed', [text, attachment('', 'empty.bin'), pdf]),
    {
      files: [
        ['empty.bin', ''],
        ['report.pdf', 'PDF-BYTES'],
      ],
      shows: ['Hello Bo'],
    },
  ],
]

test.each(rows)('detached from a mail: %s', async (_, entity, row) => {
  const { plan, files, slim, copy } = await planned(mail(entity))
  expect(plan.copy).toBe('detach')
  expect(files.map(({ name, bytes }) => [name, bytes.toString('latin1')])).toEqual(
    row.files.map(([name, content]) => [name, Buffer.from(content).toString('latin1')]),
  )
  expect(plan.files.every(file => file.kind === 'attachment' && !file.stillEncoded)).toBe(true)
  for (const [name, content] of row.files) {
    expect(slim.toString('latin1')).not.toContain(name)
    if (content.length === 0) continue
    expect(slim.includes(Buffer.from(content).toString('base64'))).toBe(false)
    expect(slim.includes(content)).toBe(false)
  }
  const read = await parse(copy)
  const shown = `${read.text ?? ''}${read.html || ''}`
  for (const found of row.shows) expect(shown).toContain(found)
  expect(read.attachments.map(part => part.content.toString()).filter(part => part !== 'BEGIN:VCALENDAR')).toEqual(
    (row.keeps ?? []).filter(part => part !== 'BEGIN:VCALENDAR'),
  )
  if (row.keeps?.includes('BEGIN:VCALENDAR')) expect(slim.toString()).toContain('BEGIN:VCALENDAR')
  // The block is in each version of the text, once.
  expect(copy.toString().split(textBlock).length - 1).toBe(row.shows.includes('Hello Bo') ? 1 : 0)
  expect(copy.toString().split(htmlBlock).length - 1).toBe(row.shows.some(part => /^<(p>Hello|img)/.test(part)) ? 1 : 0)
})

test('nothing is left of a part that is taken out, and all else is as it was', async () => {
  const entity = multipart('mixed', [text, pdf, multipart('mixed', [pdf, pdf], { boundary: 'gone' }), text], {
    boundary: 'b',
    preamble: 'Before.',
    epilogue: 'After.\r\n',
  })
  const left = multipart('mixed', [text, text], { boundary: 'b' })
  const { slim } = await planned(mail(entity))
  expect(slim.toString()).toBe(mail(left).toString())
})

test.each([
  ['a mail that is a file itself', pdf],
  ['a mail of files only', multipart('mixed', [pdf, multipart('related', [pdf])])],
  ['a mail whose only text is marked as an attachment', leaf('x', { type: 'text/plain', disposition: 'attachment' })],
])('%s becomes an empty text with the link block', async (_, entity) => {
  const { plan, slim, copy, files } = await planned(mail(entity))
  expect(plan).toMatchObject({
    copy: 'detach',
    slots: [{ kind: 'text', charset: 'utf-8', encoding: '8bit', offset: slim.length }],
  })
  expect(files.length).toBe(entity === pdf || entity.fields[0] === 'Content-Type: text/plain' ? 1 : 2)
  expect(slim.toString()).toBe(
    [
      ...usualFields.filter(field => !field.startsWith('MIME')),
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '\r\n',
    ].join('\r\n'),
  )
  expect(await parse(copy)).toMatchObject({ text: expect.stringContaining(textBlock), attachments: [] })
})

test.each([
  ['as scanners send it', leaf('19121212-1212', { type: 'text/plain', disposition: 'inline; filename=number.txt' })],
  ['by its type only', leaf('19121212-1212', { type: 'text/plain; name=number.txt' })],
  ['of HTML', leaf('<p>19121212-1212', { type: 'text/html; name=number.html' })],
])('a first text with a file name is a file, and an empty text has the link block: %s', async (_, named) => {
  for (const entity of [named, multipart('mixed', [named, pdf]), multipart('alternative', [named, named])]) {
    const { plan, files, copy, slim } = await planned(mail(entity))
    expect(plan).toMatchObject({ copy: 'detach', slots: [{ kind: 'text', offset: slim.length }] })
    expect(files[0]!.name).toMatch(/^number/)
    expect(files[0]!.bytes.toString()).toContain('19121212-1212')
    expect(copy.toString()).not.toContain('19121212-1212')
    expect(await parse(copy)).toMatchObject({ text: expect.stringContaining(textBlock), attachments: [] })
  }
})

test('a file that is a header only is taken out of it', async () => {
  const { copy, files } = await planned(Buffer.from('Subject: a\r\nContent-Type: application/pdf\r\n'))
  expect(files.map(({ name, bytes }) => [name, bytes.length])).toEqual([['file-1.pdf', 0]])
  expect(await parse(copy)).toMatchObject({ subject: 'a', text: expect.stringContaining(textBlock) })
})

test('base64 that does not decode strictly is kept as it is encoded, and flagged', async () => {
  const broken = leaf('QUJD\r\n*** a scanner was here ***', {
    type: 'application/pdf',
    disposition: 'attachment; filename=a.pdf',
    fields: ['Content-Transfer-Encoding: base64'],
  })
  const { plan, files } = await planned(mail(multipart('mixed', [text, broken])))
  expect(files.map(({ bytes }) => bytes.toString())).toEqual(['QUJD\r\n*** a scanner was here ***'])
  expect(plan.files[0]).toMatchObject({ stillEncoded: true, name: 'a.pdf', mediaType: 'application/pdf' })
})

test('names are decoded, made safe and told apart, in the order of the mail', async () => {
  const parts = [
    attachment('1', '../Årsrapport.pdf'),
    leaf('2', { type: 'a/b', disposition: "attachment; filename*0*=utf-8''%C3%85rs; filename*1=rapport.pdf" }),
    leaf('3', { type: 'a/b; name="=?iso-8859-1?Q?=C5rsrapport=2Epdf?="', disposition: 'attachment' }),
    leaf('4', { type: 'image/jpeg' }),
  ]
  const { files } = await planned(mail(multipart('mixed', [text, ...parts])))
  expect(files.map(({ name }) => name)).toEqual([
    'Årsrapport.pdf',
    'Årsrapport (2).pdf',
    'Årsrapport (3).pdf',
    'file-4.jpg',
  ])
})
