import { attachment, leaf, mail, multipart } from './mail-builder.ts'

const fields = ['From: Anna <anna@example.org>', 'To: Bo <bo@example.net>', 'Subject: An odd one', 'MIME-Version: 1.0']
const text = leaf('Read me.\r\n', { type: 'text/plain' })
const file = attachment('The bytes of a file.', 'file.bin')
const image = ['Content-Type: image/gif; name=a.gif', 'Content-Transfer-Encoding: base64', '', 'R0lGODlh']

/** A mail whose Content-Type is this and whose body is these lines. */
function body(type: string, lines: string[]): Buffer {
  return Buffer.from([...fields, `Content-Type: ${type}`, '', ...lines, ''].join('\r\n'))
}

const outer = 'multipart/mixed; boundary=outer'
const inner = 'Content-Type: multipart/alternative; boundary=inner'
const plain = ['Content-Type: text/plain', '', 'Read me.']

/** Boundary lines that are missing, doubled, alike or out of place. */
export const oddBoundaries: Record<string, Buffer> = {
  'each boundary line twice': body(outer, [
    '--outer',
    '--outer',
    ...plain,
    '--outer',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'the last boundary line twice': body(outer, ['--outer', ...plain, '--outer', ...image, '--outer--', '--outer--']),
  'two multiparts behind each other with one boundary': body(outer, [
    '--outer',
    ...plain,
    '--outer--',
    '',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'a boundary that no line has': body(outer, ['--other', ...plain, '--other', ...image, '--other--']),
  'a multipart without a boundary': body('multipart/mixed', ['--outer', ...plain, '--outer', ...image, '--outer--']),
  'an inner multipart without a boundary': body(outer, [
    '--outer',
    'Content-Type: multipart/alternative',
    '',
    '--inner',
    ...plain,
    '--inner--',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'an inner multipart whose last boundary line is missing': body(outer, [
    '--outer',
    inner,
    '',
    '--inner',
    ...plain,
    '--outer',
    ...image,
    '--outer--',
  ]),
  'an inner multipart whose first boundary line is missing': body(outer, [
    '--outer',
    inner,
    '',
    ...plain,
    '--inner--',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'a boundary line right below the header of a part': body(outer, [
    '--outer',
    'Content-Type: text/plain',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'only a last boundary line': body(outer, ['Before.', '--outer--', 'After.']),
  'no line but boundary lines': body(outer, ['--outer', '--outer', '--outer--']),
  'nothing in a multipart': body(outer, []),
  'an inner boundary that begins as the outer one': mail(
    multipart('mixed', [multipart('alternative', [text], { boundary: 'outer-inner' }), file], { boundary: 'outer' }),
    fields,
  ),
  'an inner boundary that is the outer one': body(outer, [
    '--outer',
    'Content-Type: multipart/alternative; boundary=outer',
    '',
    '--outer',
    ...plain,
    '--outer--',
    'After.',
  ]),
  'lines that begin as a boundary does': body(outer, [
    '--outer',
    ...plain,
    '--outerer',
    '--oute',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'a boundary folded within its quotes': body('multipart/mixed; boundary="out\r\n er"', [
    '--out er',
    ...plain,
    '--out er',
    ...image,
    '--out er--',
  ]),
  'a boundary of 200 characters': mail(
    multipart('mixed', [text, file], { boundary: `long${'-and-longer'.repeat(18)}` }),
    fields,
  ),
  'a boundary of signs': mail(multipart('mixed', [text, file], { boundary: "'()+_,-./:=? x" }), fields),
  'a boundary without quotes that needs them': body('multipart/mixed; boundary=a:b=c', [
    '--a:b=c',
    ...plain,
    '--a:b=c',
    ...image,
    '--a:b=c--',
  ]),
  'an empty preamble and an empty part': body(outer, ['', '', '--outer', '', '', '--outer', ...image, '--outer--']),
  'empty multiparts in a multipart': body(outer, [
    '--outer',
    inner,
    '',
    '--inner',
    '',
    '--inner--',
    '--outer',
    inner,
    '',
    '--inner--',
    '--outer--',
  ]),
  'parts that nothing separates from their boundary lines': body(outer, [
    '--outer',
    '',
    'Read me.',
    '--outer',
    ...image,
    '--outer--',
  ]),
  'texts and images, nested three deep': mail(
    multipart('mixed', [
      text,
      multipart('parallel', [file, multipart('x-unknown', [text, file], { boundary: 'c' })], { boundary: 'b' }),
      leaf('<p>Read me.</p>', { type: 'text/richtext' }),
    ]),
    fields,
  ),
}
