import { oddBoundaries } from './odd-boundaries.ts'
import { attachment, encodeBase64, leaf, mail, multipart, type Entity } from './mail-builder.ts'

/** Of an unmarked mail. */
const plain = ['From: Anna <anna@example.org>', 'To: Bo <bo@example.net>', 'Subject: An odd one', 'MIME-Version: 1.0']
const text = leaf('Read me.\r\n', { type: 'text/plain' })
const file = attachment('The bytes of a file.', 'file.bin')
const inner = mail(multipart('mixed', [text, file], { boundary: 'inner' }), ['Subject: Within', 'MIME-Version: 1.0'])

function mixed(...parts: Entity[]): Buffer {
  return mail(multipart('mixed', parts, { boundary: 'outer' }), plain)
}

/** A mail of these lines, as Latin-1: one byte for each character. */
function lines(...each: string[]): Buffer {
  return Buffer.from(`${each.join('\r\n')}\r\n`, 'latin1')
}

/** A text/plain part whose transfer encoding is named, but not done here. */
function encodedAs(encoding: string, body: string | Buffer, type = 'text/plain; charset=utf-8'): Entity {
  return leaf(body, { type, fields: [`Content-Transfer-Encoding: ${encoding}`] })
}

/** Headers that are not as they should be. */
const oddHeaders: Record<string, Buffer> = {
  'a line of blanks instead of the end of the header': lines(...plain, 'Content-Type: text/plain', ' \t', 'Read me.'),
  'a line of blanks among header fields': lines('From: anna@example.org', '  ', 'Subject: below', '', 'Read me.'),
  'a header that ends without an empty line': lines(...plain, 'Read me, the header has not ended.', 'More.'),
  'no header at all': lines('', 'Read me.'),
  'a text where the header should be': lines('This is only text.', 'Nothing of it is a header field.', '', 'More.'),
  'a part without the end of its header': lines(
    ...plain,
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: text/plain',
    'Read me, though no empty line comes before me.',
    '--outer--',
  ),
  'the syntax of 1982': lines(
    'Date     :  27 Aug 76 09:32 PDT',
    'From     : Anna <anna at example.org>',
    'Subject  :',
    '   folded (with a comment)',
    '',
    'Read me.',
  ),
  'no MIME-Version': mail(multipart('mixed', [text, file], { boundary: 'outer' }), ['From: a@example.org']),
  'a field of 20,000 characters in many lines': mail(multipart('mixed', [text, file]), [
    ...plain,
    `X-Long: ${Array.from({ length: 400 }, (_, index) => `word ${index} and more than that to say`).join('\r\n ')}`,
  ]),
  'two semicolons in Content-Type': lines(
    ...plain,
    'Content-Type: multipart/mixed;; boundary=outer;',
    '',
    '--outer',
    'Content-Type: text/plain;; charset=us-ascii;',
    '',
    'Read me.',
    '--outer--',
  ),
  'blanks at strange places': lines(
    ...plain,
    'Content-Type:  multipart/mixed ;  boundary = "outer"  ',
    '',
    '--outer',
    'Content-Type:text/plain',
    '',
    'Read me.',
    '--outer',
    'Content-Type: application/octet-stream ; name = "a b.bin"',
    'Content-Disposition : attachment ; filename = "a b.bin"',
    'Content-Transfer-Encoding:base64',
    '',
    'QUJD',
    '--outer--',
  ),
  'the same parameter twice': mixed(text, leaf('abc', { type: 'a/b; name=one; name=two', encoding: 'base64' })),
  'a Content-Length that is wrong': mixed(text, leaf('abc', { type: 'a/b', fields: ['Content-Length: 1'] })),
}

/** Words and names in every charset. */
const oddWords: Record<string, Buffer> = {
  'Russian in KOI8-R': lines(
    'From: =?koi8-r?B?4c7OwQ==?= <anna@example.org>',
    'Subject: =?KOI8-R?Q?=F0=D2=C9=D7=C5=D4?=',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=koi8-r',
    'Content-Transfer-Encoding: 8bit',
    '',
    '\xf0\xd2\xc9\xd7\xc5\xd4',
  ),
  'encoded words side by side, in other charsets, and one that is none': mail(multipart('mixed', [text, file]), [
    'From: =?iso-8859-1?q?=C5sa?= =?utf-8?B?w5ZzdA==?= <a@example.org>',
    'Subject: =?us-ascii?Q?A?= =?x-unknown?Q?B?= =?utf-8?Q?broken',
    'MIME-Version: 1.0',
  ]),
  'German in quoted-printable': mail(
    leaf('Grüße aus Köln, für alle, die es mögen: äöüß.\r\n', {
      type: 'text/plain; charset=utf-8',
      encoding: 'quoted-printable',
    }),
    plain,
  ),
  'a file name in raw Latin-1': lines(
    ...plain,
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: text/plain',
    '',
    'Read me.',
    '--outer',
    'Content-Type: application/pdf; name="\xc5rsbokslut.pdf"',
    'Content-Disposition: attachment; filename="\xc5rsbokslut.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    'QUJD',
    '--outer--',
  ),
  'file names in encoded words, bare, with paths and with quotes': mixed(
    text,
    attachment('1', '=?utf-8?B?w6UudHh0?='),
    leaf('2', { type: 'a/b', encoding: 'base64', disposition: 'attachment; filename=two words.txt' }),
    attachment('3', '../../etc/passwd'),
    attachment('4', 'a\\"b.txt'),
  ),
  'two files of one name': mixed(text, file, attachment('Other bytes.', 'file.bin')),
}

/** Encodings that are wrong, or stand where they may not. */
const oddEncodings: Record<string, Buffer> = {
  'lines of 5,000 characters': mail(leaf(`${'long '.repeat(1000)}\r\n`.repeat(3)), plain),
  'a text in base64': mail(encodedAs('base64', encodeBase64(Buffer.from('Läs mig.\r\n'))), plain),
  'an encoding with a blank behind it': mixed(text, encodedAs('base64 ', 'QUJD', 'image/gif')),
  'an encoding that nobody knows': mixed(text, encodedAs('x-gzip64', 'H4sIAAAAAAAA', 'application/x-a')),
  'a mail in base64': mixed(text, encodedAs('base64', encodeBase64(inner), 'message/rfc822')),
  'a mail in base64 in a mail in base64': mixed(
    text,
    encodedAs(
      'base64',
      encodeBase64(mixed(text, encodedAs('base64', encodeBase64(inner), 'message/rfc822'))),
      'message/rfc822',
    ),
  ),
  'uuencode that does not end': mail(leaf('Before.\r\nbegin 644 a.bin\r\n#86)C\r\nAfter, without an end.\r\n'), plain),
  'uuencode behind a signature': mail(leaf('Hi!\r\n-- \r\nAnna\r\nbegin 644 a.bin\r\n#86)C\r\n`\r\nend\r\n'), plain),
  'a line that only looks like uuencode': mail(leaf('begin 644 with what we have\r\nand go on.\r\n'), plain),
  'quoted-printable with = at the end of lines and of itself': mail(
    encodedAs('quoted-printable', 'a = b =\r\nc=3D=20\r\n=\r\nlast=\r\n'),
    plain,
  ),
}

/** Mails within mails, and parts of mails. */
const oddMessages: Record<string, Buffer> = {
  'a mail in the mail': mixed(text, leaf(inner, { type: 'message/rfc822' })),
  'a mail in the mail, and nothing else': mail(leaf(inner, { type: 'message/rfc822' }), plain),
  'a part of a mail that came in parts': mixed(
    text,
    leaf('Subject: x\r\n\r\nhalf', { type: 'message/partial; id="a@b"; number=1; total=2' }),
  ),
  'a digest of two mails': mail(
    multipart('digest', [leaf(inner), leaf('Subject: b\r\n\r\nb')], { boundary: 'digest', preamble: 'Two of them.' }),
    plain,
  ),
  'a digest in a digest, with empty parts': mail(
    multipart('digest', [
      leaf(mail(multipart('digest', [leaf(''), leaf('Subject: c\r\n\r\nc')], { boundary: 'd2' }), ['Subject: d'])),
      leaf(''),
    ]),
    plain,
  ),
  'a forward that is written out': mail(
    leaf(`Look:\r\n\r\n----- Forwarded -----\r\n${inner.toString().replaceAll('\r\n', '\r\n> ')}\r\n`),
    plain,
  ),
}

/** Odd and broken mails, none of them marked, by what is odd about them. Every line end is CRLF. */
export const oddMails: Record<string, Buffer> = {
  ...oddHeaders,
  ...oddWords,
  ...oddEncodings,
  ...oddMessages,
  ...oddBoundaries,
}
