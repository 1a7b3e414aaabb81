import iconv from 'iconv-lite'
import { attachment, leaf, mail, multipart, usualFields, type Entity } from '../support/mail-builder.ts'

const text = leaf('Hej Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const html = leaf('<html><body><p>Hej <img src="cid:logo@x"></p></body></html>', {
  type: 'text/html',
  encoding: '7bit',
})
const logo = leaf(Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'), {
  type: 'image/png; name=logo.png',
  encoding: 'base64',
  contentId: 'logo@x',
  disposition: 'inline; filename=logo.png',
})
const pdf = attachment('%PDF-1.4\r\n\r\n%%EOF\r\n', 'report.pdf', 'application/pdf')
const calendar = leaf('BEGIN:VCALENDAR\r\nEND:VCALENDAR', { type: 'text/calendar; method=REQUEST', encoding: '7bit' })
const forwarded = leaf(mail(multipart('mixed', [text, attachment('INNER', 'inner.bin')], { boundary: 'inner' })), {
  type: 'message/rfc822',
})
const encodings = ['7bit', '8bit', 'quoted-printable', 'base64'] as const

/** One of each shape that an attachment or a text comes in, by name. */
export const shapes: Record<string, Buffer> = {
  'text and a file': mixed(text, pdf),
  'text, HTML, image and files': mixed(multipart('alternative', [text, multipart('related', [html, logo])]), pdf, pdf),
  'an image beside the HTML that shows it': mixed(multipart('alternative', [text, html]), logo, pdf),
  'an image that nothing shows': mixed(text, logo),
  'files among texts': mixed(text, pdf, leaf('more\r\n', { type: 'text/plain' }), logo, text),
  'a file within an alternative': mail(multipart('alternative', [text, multipart('mixed', [html, pdf])])),
  'an invitation': mixed(multipart('alternative', [text, html, calendar]), pdf),
  'an invitation as a file': mixed(text, calendar),
  'a forwarded mail': mixed(text, forwarded),
  'a forwarded mail in base64': mixed(
    text,
    leaf('Subject: a\r\n\r\nb', { type: 'message/rfc822', encoding: 'base64', disposition: 'attachment' }),
  ),
  'a digest of mails': mail(multipart('digest', [leaf(forwarded.body), leaf('Subject: b\r\n\r\nb')])),
  'winmail.dat': mixed(text, attachment('\x78\x9f\x3e\x22', 'winmail.dat', 'application/ms-tnef')),
  'parts without names': mixed(text, leaf('x', { type: 'image/gif', encoding: 'base64' }), leaf('y')),
  'a later text with a name': mixed(text, leaf('notes', { type: 'text/plain; name=notes.txt' })),
  'a file only': mail(pdf),
  'files only': mixed(pdf, logo),
  'a text only': mail(text),
  signed: mail(multipart('signed', [text, attachment('SIG', 'smime.p7s', 'application/pkcs7-signature')])),
  encrypted: mail(leaf('P7M', { type: 'application/pkcs7-mime; smime-type=enveloped-data', encoding: 'base64' })),
  'uuencode in the text': mixed(leaf('begin 644 a.bin\r\n#86)C\r\n`\r\nend\r\n', { type: 'text/plain' }), pdf),
  'a flowed text with DelSp': mixed(
    leaf('one  \r\ntwo \r\n', { type: 'text/plain; charset=utf-8; format=flowed; delsp=yes', encoding: '8bit' }),
    pdf,
  ),
  'empty parts': mixed(leaf('', { type: 'text/plain' }), attachment('', 'empty.bin'), leaf('', { type: 'image/gif' })),
  'an empty file that is quoted-printable': mixed(
    text,
    leaf('', { type: 'a/b', disposition: 'attachment', encoding: 'quoted-printable' }),
    pdf,
  ),
  'preamble and epilogue': mail(multipart('mixed', [text, pdf], { preamble: 'Before\r\n--', epilogue: 'After\r\n' })),
  'boundaries that start alike': mail(
    multipart('mixed', [multipart('alternative', [text, html], { boundary: 'b1' }), pdf], { boundary: 'b12' }),
  ),
  'blanks behind boundaries': spaced(mixed(text, pdf)),
  'raw UTF-8 in headers': mail(multipart('mixed', [text, attachment('x', 'Årsbokslut.pdf')]), [
    'From: Åsa <åsa@räksmörgås.example>',
    'Subject: Årsbokslut [säker]',
    ...usualFields.slice(3),
  ]),
  'base64 that is broken': mixed(
    text,
    leaf('QUJD\r\n***\r\n', { type: 'a/b', disposition: 'attachment', fields: ['Content-Transfer-Encoding: base64'] }),
  ),
  ...Object.fromEntries(
    Object.entries({
      'without padding': 'JVBERi0xLjQKJSVFT0Y',
      'with half of its padding': 'JVBERi0xLjQKJSVFT0YKCg=',
      'with too much padding': 'JVBERi0xLjQKJSVFT0YKCg====',
      'with blanks': '  JVBERi0x\r\n\tLjQK JSVF\r\n  T0Y= ',
    }).map(([how, encoded]) => [`base64 ${how}`, encodedAs(encoded)]),
  ),
  'base64 in chunks that are padded each': encodedAs('JVBERi0xLjQ=\r\nCiUlRU9GCg==', 'application/pdf'),
  'quoted-printable that is broken': mixed(
    text,
    leaf('a=ZZ b', { type: 'a/b', disposition: 'attachment', fields: ['Content-Transfer-Encoding: quoted-printable'] }),
  ),
  'the final boundary is missing': cut(mixed(text, pdf), '--\r\n'),
  'two Content-Type fields': mixed(text, leaf('x', { type: 'a/b', fields: ['Content-Type: text/plain'] })),
  levels: deep(300),
  ...inEachEncoding('text of', content => mixed(leaf(content.bytes, content), pdf)),
  ...inEachEncoding('a file of', content =>
    mixed(text, leaf(content.bytes, { ...content, type: 'application/x-a', disposition: 'attachment' })),
  ),
}

/** A text and a file, both in this base64. */
function encodedAs(base64: string, textType = 'text/plain; charset=utf-8'): Buffer {
  const fields = ['Content-Transfer-Encoding: base64']
  return mixed(
    ...(textType.startsWith('text/') ? [leaf(base64, { type: textType, fields })] : [text]),
    leaf(base64, { type: 'application/pdf', disposition: 'attachment', fields }),
  )
}

function mixed(...parts: Entity[]): Buffer {
  return mail(multipart('mixed', parts))
}

interface Content {
  bytes: Buffer
  type: string
  encoding: (typeof encodings)[number]
}

function inEachEncoding(what: string, write: (content: Content) => Buffer): Record<string, Buffer> {
  const contents: [string, string][] = [
    ['iso-8859-1', 'Grüße\r\nfrån Åsa'],
    ['windows-1252', '5 € – „billigt“\r\n'],
    ['utf-8', 'naïve 😀\r\n\r\n.\r\n'],
    ['us-ascii', 'From here\r\n-- \r\n='],
    ['iso-2022-jp', '\x1b$B$3$s\x1b(B\r\n'],
    ['utf-16le', 'Åsa'],
  ]
  return Object.fromEntries(
    contents.flatMap(([charset, content]) =>
      encodings
        .filter(
          encoding =>
            /jp|ascii/.test(charset) || encoding === 'base64' || (encoding !== '7bit' && !/utf-16/.test(charset)),
        )
        .map(encoding => {
          const bytes = charset === 'iso-2022-jp' ? Buffer.from(content, 'latin1') : iconv.encode(content, charset)
          return [
            `${what} ${charset} in ${encoding}`,
            write({ bytes, type: `text/plain; charset=${charset}`, encoding }),
          ]
        }),
    ),
  )
}

function spaced(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/^(--=_mixed_1(--)?)/gm, '$1 \t'), 'latin1')
}

function cut(bytes: Buffer, end: string): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(end)), Buffer.from('\r\n')])
}

function deep(levels: number): Buffer {
  let nested = multipart('mixed', [text, pdf], { boundary: 'level-0.' })
  for (let level = 1; level < levels; level += 1) nested = multipart('mixed', [nested], { boundary: `level-${level}.` })
  return mail(nested)
}
