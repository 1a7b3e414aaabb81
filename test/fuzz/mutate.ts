import type { Random } from '../support/random.ts'

type Mutation = (random: Random, lines: string[]) => string[]

/** Spoils a mail in one to six ways. Line ends stay CRLF: anything else is refused before it is read. */
export function mutate(random: Random, mail: Buffer): Buffer {
  let lines = mail.toString('latin1').split('\r\n')
  const times = random.between(1, 6)
  for (let time = 0; time < times; time += 1) {
    lines = random.pick(mutations)(random, lines)
    if (lines.length === 0) lines = ['']
  }
  const text = lines.join('\r\n').replace(/\r(?!\n)|(?<!\r)\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

const mutations: readonly Mutation[] = [
  // A line: dropped, doubled, moved, cut, or with a few other bytes in it.
  (random, lines) => lines.toSpliced(random.below(lines.length), random.between(1, 3)),
  (random, lines) => doubled(random, lines, random.below(lines.length)),
  (random, lines) => {
    const [line = ''] = lines.splice(random.below(lines.length), 1)
    return lines.toSpliced(random.below(lines.length + 1), 0, line)
  },
  (random, lines) =>
    changed(
      random,
      lines,
      () => true,
      line => line.slice(0, random.below(line.length + 1)),
    ),
  (random, lines) =>
    changed(
      random,
      lines,
      () => true,
      line => flipped(random, line),
    ),
  (random, lines) =>
    changed(
      random,
      lines,
      () => true,
      line => inserted(random, line, random.pick(oddities)),
    ),
  // A boundary line: doubled, cut, closed, written somewhere else.
  (random, lines) => doubled(random, lines, random.pick(indexes(lines, isBoundary)) ?? 0),
  (random, lines) => changed(random, lines, isBoundary, line => line.slice(0, random.below(line.length + 1))),
  (random, lines) =>
    changed(random, lines, isBoundary, line => `${line}${random.pick(['--', ' ', '-', 'x', '\t--', '--x'])}`),
  (random, lines) => lines.toSpliced(random.below(lines.length), 0, random.pick(lines.filter(isBoundary)) ?? '--'),
  (random, lines) =>
    changed(
      random,
      lines,
      line => /boundary=/i.test(line),
      line => changedBoundary(random, line),
    ),
  // A header field: doubled, dropped, folded, moved behind a blank, or with another value.
  (random, lines) => doubled(random, lines, random.pick(indexes(lines, isField)) ?? 0),
  (random, lines) => lines.toSpliced(random.pick(indexes(lines, isField)) ?? 0, 1),
  (random, lines) =>
    changed(random, lines, isField, line => line.replace(/; ?| /, random.pick(['\r\n ', ' ;', '\r\n\t', ' (;) ']))),
  (random, lines) =>
    changed(random, lines, isField, line => line.replace(':', random.pick([' :', '', '::', ':\r\n ']))),
  (random, lines) => changed(random, lines, isEncoding, () => `Content-Transfer-Encoding: ${random.pick(encodings)}`),
  (random, lines) => changed(random, lines, isType, line => otherType(random, line)),
  (random, lines) =>
    changed(random, lines, isDisposition, line => line.replace(/attachment|inline/i, random.pick(dispositions))),
  (random, lines) => lines.toSpliced(random.pick(indexes(lines, isField)) ?? 0, 0, random.pick(extraFields)),
  // Blank lines are where headers end.
  (random, lines) => lines.toSpliced(random.pick(indexes(lines, line => line === '')) ?? 0, 1),
  (random, lines) => lines.toSpliced(random.below(lines.length), 0, random.pick(['', ' ', '\t'])),
  // Larger pieces: cut off, repeated, put somewhere else, nested.
  (random, lines) => lines.slice(0, random.between(1, lines.length)),
  (random, lines) => {
    const start = random.below(lines.length)
    return lines.toSpliced(random.below(lines.length), 0, ...lines.slice(start, start + random.between(1, 30)))
  },
  (random, lines) => lines.toSpliced(random.below(lines.length), 0, ...repetition(random, lines)),
  (random, lines) => nested(random, lines),
]

const oddities = [
  '\0',
  '\xff',
  '\t',
  ' ',
  '=',
  '--',
  '"',
  '(',
  ';',
  '\x1b$B',
  'begin 644 x',
  '=ybegin ',
  '<!--',
  '=?utf-8?b?',
]
const encodings = ['base64', 'quoted-printable', '7bit', '8bit', 'binary', 'x-uuencode', 'BASE64 ', 'base64; x', '']
const dispositions = ['attachment', 'inline', 'form-data', '', 'ATTACHMENT', 'x']
const mediaTypes = [
  'text/plain',
  'text/html',
  'multipart/mixed',
  'multipart/alternative',
  'multipart/digest',
  'message/rfc822',
  'text/calendar',
].concat([
  'multipart/related',
  'application/pkcs7-mime',
  'multipart/signed',
  'text',
  '',
  'image/png',
  'multipart/x; boundary=b1.',
  'message/partial',
])
const extraFields = [
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: base64',
  'Content-Disposition: attachment',
  'MIME-Version: 2.0',
].concat([
  'Content-Type: multipart/mixed; boundary=b1.',
  'Content-ID: <logo@example.org>',
  'Subject: other',
  'X: y',
  'no field',
  'From nobody',
])

function isBoundary(line: string): boolean {
  return line.startsWith('--')
}

function isField(line: string): boolean {
  return /^[A-Za-z-]+:/.test(line)
}

function isEncoding(line: string): boolean {
  return /^content-transfer-encoding:/i.test(line)
}

function isType(line: string): boolean {
  return /^content-type:/i.test(line)
}

function isDisposition(line: string): boolean {
  return /^content-disposition:/i.test(line)
}

function indexes(lines: string[], wanted: (line: string) => boolean): number[] {
  return lines.flatMap((line, index) => (wanted(line) ? [index] : []))
}

function changed(random: Random, lines: string[], wanted: (line: string) => boolean, change: (line: string) => string) {
  const index = random.pick(indexes(lines, wanted))
  return index === undefined ? lines : lines.with(index, change(lines[index]!))
}

function doubled(random: Random, lines: string[], index: number): string[] {
  const away = random.chance(0.7) ? 0 : random.below(lines.length - index)
  return lines.toSpliced(index + away, 0, lines[index]!)
}

function flipped(random: Random, line: string): string {
  if (line === '') return line
  const at = random.below(line.length)
  return line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ (1 << random.below(8))) + line.slice(at + 1)
}

function inserted(random: Random, line: string, text: string): string {
  const at = random.below(line.length + 1)
  return line.slice(0, at) + text + line.slice(at)
}

function changedBoundary(random: Random, line: string): string {
  const change = random.pick<(value: string) => string>([
    value => value.slice(0, -1),
    value => `${value}-`,
    value => `${value} `,
    () => 'b1.',
    () => '',
    () => 'x'.repeat(random.between(60, 80)),
  ])
  return line.replace(/boundary="?([^";]*)"?/i, (_, value: string) => `boundary="${change(value)}"`)
}

function otherType(random: Random, line: string): string {
  return line.replace(/^(content-type:\s*)[^;]*/i, `$1${random.pick(mediaTypes)}`)
}

/** More is no more of a trial, but takes long to look through. */
const maxRepeatedBytes = 400_000

function repetition(random: Random, lines: string[]): string[] {
  const line = random.pick([...lines.slice(0, 200), 'X: y', '--', '--b1.', 'a'.repeat(900), ' folded', '=', ''])
  const most = Math.ceil(maxRepeatedBytes / (line.length + 2))
  return Array.from({ length: Math.min(random.pick([10, 100, 1100, 5000]), most) }, () => line)
}

/** The whole body within many multiparts, or in mails within mails. */
function nested(random: Random, lines: string[]): string[] {
  const blank = lines.indexOf('')
  if (blank === -1) return lines
  const type = lines.findIndex((line, index) => index < blank && isType(line))
  const depth = random.pick([1, 5, 100, 990])
  const field = type === -1 ? 'Content-Type: text/plain' : lines[type]!
  let inner = [field, ...lines.slice(blank)]
  for (let level = 0; level < Math.min(depth, 30); level += 1) inner = wrapped(`n${level}.`, inner)
  const opened: string[] = []
  for (let level = 30; level < depth; level += 1)
    opened.push(`Content-Type: multipart/mixed; boundary=n${level}.`, '', `--n${level}.`)
  const closed = opened
    .filter(isBoundary)
    .map(line => `${line}--`)
    .toReversed()
  return [...lines.slice(0, blank).toSpliced(type, type === -1 ? 0 : 1), ...opened, ...inner, ...closed, '']
}

function wrapped(boundary: string, inner: string[]): string[] {
  return [`Content-Type: multipart/mixed; boundary=${boundary}`, '', `--${boundary}`, ...inner, `--${boundary}--`]
}
