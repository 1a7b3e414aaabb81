import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { split } from '#seal/split/split.ts'
import { mailFromBuffer, mailFromFile, makeSource } from '#mail/mail-source.ts'
import { allParts, type Part } from '#mail/part.ts'
import { attachment, leaf, mail, multipart, usualFields } from '../../support/mail-builder.ts'

const blockSizes = [1, 2, 7, 64, 1000, 4096]

/** The tree as text: type, and what the body is. */
function outline(part: Part, bytes: Buffer): string[] {
  const body =
    part.children.length > 0 ? '' : ` ${JSON.stringify(bytes.toString('latin1', part.body.start, part.body.end))}`
  return [
    `${'  '.repeat(part.depth)}${part.contentType.value}${body}`,
    ...part.children.flatMap(child => outline(child, bytes)),
  ]
}

async function outlined(bytes: Buffer): Promise<string[]> {
  const trees = await Promise.all(blockSizes.map(blockBytes => split(mailFromBuffer(bytes), { blockBytes })))
  for (const tree of trees) expect(tree).toEqual(trees[0])
  return outline(trees[0]!, bytes)
}

function mixed(body: string, parameters = 'boundary=b'): Buffer {
  return Buffer.from(`MIME-Version: 1.0\r\nContent-Type: multipart/mixed; ${parameters}\r\n\r\n${body}`)
}

test('nested parts are found with their exact bodies, whatever the size of the blocks', async () => {
  const bytes = mail(
    multipart(
      'mixed',
      [
        multipart('alternative', [leaf('text', { type: 'text/plain' }), leaf('<p>text\r\n', { type: 'text/html' })]),
        attachment('ABC', 'a.bin'),
        leaf('', { type: 'text/plain' }),
      ],
      { preamble: 'Not shown.', epilogue: 'Nor this.\r\n' },
    ),
  )
  expect(await outlined(bytes)).toEqual([
    'multipart/mixed',
    '  multipart/alternative',
    '    text/plain "text"',
    '    text/html "<p>text\\r\\n"',
    '  application/octet-stream "QUJD"',
    '  text/plain ""',
  ])
})

test('boundaries that start alike, in quotes and with blanks after them are told apart', async () => {
  const inner = 'Content-Type: multipart/alternative; boundary="a b-c"\r\n\r\n--a b-c\t\r\n\r\nx\r\n--a b-c--  \r\n'
  const bytes = mixed(`--a b  \r\n${inner}\r\n--a b\r\n\r\n- -a b\r\n --a b\r\nx--a b\r\n--a b--`, 'boundary="a b"')
  expect(await outlined(bytes)).toEqual([
    'multipart/mixed',
    '  multipart/alternative',
    '    text/plain "x"',
    '  text/plain "- -a b\\r\\n --a b\\r\\nx--a b"',
  ])
})

test('a part may be without body, and share its blank line with the boundary', async () => {
  const bytes = mixed('--b\r\nContent-Type: image/png\r\n\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b--\r\n')
  expect(await outlined(bytes)).toEqual(['multipart/mixed', '  image/png ""', '  text/plain ""', '  text/plain ""'])
})

test('in a multipart/digest a part without a type is a mail, which is not opened', async () => {
  const forwarded = leaf('Content-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\n--z--')
  expect((await outlined(mail(multipart('digest', [forwarded]))))[1]).toMatch(/^ {2}message\/rfc822 "/)
})

test.each([
  ['only a header', 'Subject: a\r\n', 'text/plain ""'],
  ['an empty body', 'Subject: a\r\n\r\n', 'text/plain ""'],
  ['no MIME', 'Subject: a\r\n\r\n--b\r\n', 'text/plain "--b\\r\\n"'],
  ['no header', '\r\ntext', 'text/plain "text"'],
  ['nothing', '', 'text/plain ""'],
])('a mail with %s is one part', async (_, text, expected) => {
  expect(await outlined(Buffer.from(text))).toEqual([expected])
})

test('900 levels are read, and 1,000 parts', async () => {
  let nested = leaf('deep')
  for (let level = 0; level < 900; level += 1) nested = multipart('mixed', [nested])
  const root = await split(mailFromBuffer(mail(nested)))
  expect(Math.max(...allParts(root).map(part => part.depth))).toBe(900)
  const wide = multipart(
    'mixed',
    Array.from({ length: 999 }, () => leaf('x')),
  )
  expect((await split(mailFromBuffer(mail(wide)))).children.length).toBe(999)
})

test('what a part says of itself is read', async () => {
  const root = await split(
    mailFromBuffer(
      mail(leaf('x', { type: 'Image/PNG; name=a.png', encoding: 'base64', disposition: 'INLINE', contentId: 'i@x' })),
    ),
  )
  expect(root).toMatchObject({
    contentType: { value: 'image/png', parameters: [{ name: 'name', value: 'a.png' }] },
    disposition: { value: 'inline' },
    encoding: 'base64',
    contentId: 'i@x',
  })
})

test('a mail in a file is read like one in memory', async () => {
  const bytes = mail(multipart('mixed', [leaf('text'), attachment(Buffer.alloc(300_000, 'a'), 'a.bin')]))
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-split-'))
  await writeFile(join(folder, 'mail.eml'), bytes)
  const file = await open(join(folder, 'mail.eml'))
  const source = mailFromFile(file, bytes.length)
  expect(await split(source, { blockBytes: 5000 })).toEqual(await split(mailFromBuffer(bytes)))
  expect(Buffer.concat(await Array.fromAsync(source.stream({ start: 3, end: bytes.length }, 777)))).toEqual(
    bytes.subarray(3),
  )
  await expect(mailFromFile(file, bytes.length + 1).read({ start: 0, end: bytes.length + 1 })).rejects.toThrow(
    'ends before',
  )
  await file.close()
  await rm(folder, { recursive: true })
})

function withField(...fields: string[]): Buffer {
  return mail(multipart('mixed', [leaf('x', { type: 'text/plain', encoding: '7bit', fields })]))
}

test.each([
  ['a part has two Content-Type fields', withField('Content-Type: text/plain')],
  ['a part has two Content-Transfer-Encoding fields', withField('Content-Transfer-Encoding: 7bit')],
  [
    'a part has two Content-Disposition fields',
    withField('Content-Disposition: inline', 'Content-Disposition: attachment'),
  ],
  ['the mail has two MIME-Version fields', mail(leaf('x'), [...usualFields, 'MIME-Version: 1.0'])],
  ['the mail has two From fields', mail(leaf('x'), [...usualFields, 'From: eve@example.org'])],
  ['the mail has two Message-ID fields', mail(leaf('x'), [...usualFields, 'Message-ID: <2@example.org>'])],
  ['the mail has two Subject fields', mail(leaf('x'), [...usualFields, 'Subject: other'])],
  ['a Content-Type field gives two values for charset', mail(leaf('x', { type: 'text/plain; charset=a; charset=b' }))],
  ['a Content-Type field gives two values for name', mail(leaf('x', { type: 'image/png; name=a; name=b' }))],
  [
    'a Content-Disposition field gives two values for filename',
    withField('Content-Disposition: inline; filename=a; filename=b'),
  ],
  ['a Content-Type field gives two values for boundary', mixed('--b\r\n\r\nx\r\n--b--', 'boundary=b; boundary=c')],
  ['a Content-Type field does not name a type', mail(leaf('x', { type: 'text' }))],
  ['a charset is written in pieces or encoded', mail(leaf('x', { type: "text/plain; charset*=utf-8''utf-8" }))],
  ['there is a blank before the colon of a Content-Type field', mail(leaf('x'), ['Content-Type : image/png'])],
  ['a multipart has no boundary', mixed('--b\r\n\r\nx\r\n--b--', 'x=y')],
  ['a multipart has an empty boundary', mixed('--\r\n\r\nx\r\n----', 'boundary=""')],
  ['a boundary is longer than 70 characters', mixed('x', `boundary=${'b'.repeat(71)}`)],
  ['a boundary contains characters that are not allowed', mixed('--b\r\n\r\nx\r\n--b--', 'boundary="b "')],
  ['a boundary contains blanks without being quoted', mixed('--b c\r\n\r\nx\r\n--b c--', 'boundary=b c')],
  ['a boundary is written in pieces or encoded', mixed('--b\r\n\r\nx\r\n--b--', "boundary*=us-ascii''b")],
  [
    'a multipart has the transfer encoding base64',
    mail(multipart('mixed', [leaf('x')], { fields: ['Content-Transfer-Encoding: base64'] })),
  ],
  ['a line of a header is no header field', mail(leaf('x'), ['Subject: a', 'nonsense'])],
  ['a line of a header is no header field', mail(leaf('x'), [' folded', 'Subject: a'])],
  [
    'a header has a line of blanks only, below Subject. Remove the blanks at the end of the subject and of names, and send it again',
    mail(leaf('x'), ['Subject: a', ' ', 'X: b']),
  ],
  ['a header has a line end that is not CRLF', mail(leaf('x'), ['Subject: a\nX: b'])],
  ['a header has a line end that is not CRLF', mail(leaf('x'), ['Subject: a\rX: b'])],
  ['a header contains a NUL character', mail(leaf('x'), ['Subject: a\0'])],
  ['a header is cut off', Buffer.from('Subject: a')],
  [
    'it has more than 1,000 parts',
    mail(
      multipart(
        'mixed',
        Array.from({ length: 1000 }, () => leaf('x')),
      ),
    ),
  ],
  ['its headers are larger than 1 MiB or do not end', mail(leaf('x'), [`X: ${'a'.repeat(1024 * 1024)}`])],
  [
    'its headers are larger than 1 MiB or do not end',
    mail(
      multipart(
        'mixed',
        Array.from({ length: 20 }, () => leaf('x', { fields: [`X: ${'a'.repeat(60_000)}`] })),
      ),
    ),
  ],
  ['a part ends within its header', mixed('--b\r\nContent-Type: text/plain\r\n--b--\r\n\r\n')],
  ['a part has no blank line after its header', mixed('--b\r\nContent-Type: text/plain\r\n')],
  ['a multipart has no parts', mixed('text only')],
  ['a multipart has no parts', mixed('--b--\r\n')],
  ['the last boundary line of a multipart is missing', mixed('--b\r\n\r\nx\r\n')],
  [
    'a multipart ends before the last boundary line of one within it',
    mixed('--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--b--'),
  ],
  [
    'two nested multiparts have the same boundary',
    mixed('--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n--b--'),
  ],
  [
    'a boundary line comes after the end of its multipart',
    mixed('--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nhidden\r\n--b--'),
  ],
  ['a line starts like a boundary line but is none', mixed('--b\r\n\r\nx\r\n--bx\r\n--b--')],
  ['a line starts like a boundary line but is none', mixed(`--b\r\n\r\nx\r\n--b${' '.repeat(2000)}\r\n--b--`)],
  ['a boundary line has line ends that are not CRLF', mixed('--b\r\n\r\nx\n--b\r\n\r\ny\r\n--b--')],
  ['a boundary line has line ends that are not CRLF', mixed('--b\n\r\nx\r\n--b--')],
  [
    'two boundaries cannot be told apart',
    mixed('--b\r\nContent-Type: multipart/mixed; boundary="b--"\r\n\r\n--b--\r\n\r\nx\r\n--b----\r\n--b--'),
  ],
])('refused, because %s', async (why, bytes) => {
  for (const blockBytes of bytes.length > 50_000 ? [100_000] : blockSizes) {
    await expect(split(mailFromBuffer(bytes), { blockBytes })).rejects.toMatchObject({
      code: 'MAIL_AMBIGUOUS',
      message: `Not sent: this marked mail cannot be secured, because ${why}.`,
    })
  }
})

test('lines of dashes are looked at up to a bound, and no byte behind them is read', async () => {
  const most = 250_000
  const dashes = (lines: number) => mixed(`--b\r\n\r\n${'--\r\n'.repeat(lines)}--b--`)
  // The boundary lines count as well.
  expect(allParts(await split(mailFromBuffer(dashes(most - 2)))).length).toBe(2)
  const long = dashes(5_000_000)
  let readBytes = 0
  const counted = makeSource(long.length, async ({ start, end }) => {
    readBytes += end - start
    return long.subarray(start, end)
  })
  const blockBytes = 100_000
  await expect(split(counted, { blockBytes })).rejects.toMatchObject({
    code: 'MAIL_AMBIGUOUS',
    details: { why: 'it has more than 250,000 lines with two dashes' },
  })
  expect(readBytes).toBeLessThan(most * '--\r\n'.length + 2 * blockBytes)
})

test('a transfer encoding that is not of MIME is named', async () => {
  const bytes = mail(leaf('x', { fields: ['Content-Transfer-Encoding: x-uuencode'] }))
  await expect(split(mailFromBuffer(bytes))).rejects.toMatchObject({
    code: 'MAIL_UNSUPPORTED',
    details: { what: 'a part with the transfer encoding "x-uuencode"' },
  })
})
