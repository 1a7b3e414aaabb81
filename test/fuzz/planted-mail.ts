import { attachment, leaf, mail, multipart, written, type Entity } from '../support/mail-builder.ts'
import type { Random } from '../support/random.ts'

/** A well-formed mail, and the secrets that were planted in it. */
export interface PlantedMail {
  bytes: Buffer
  /** In attached files, by the exact bytes of the file; files within files count as the outer one. */
  files: { marker: string; content: Buffer }[]
  /** In texts. */
  texts: string[]
  /** In file names. */
  names: string[]
  /** In files that are written into a text, uuencoded. */
  hidden: string[]
  /** True for a mail that a change would break: it is sealed whole. */
  isSigned: boolean
}

/** What is planted while a mail is built. */
interface Planting extends Omit<PlantedMail, 'bytes'> {
  random: Random
  count: number
}

/** Builds a mail as clients do, of parts within parts, each file and text with a secret of its own. */
export function plantedMail(random: Random): PlantedMail {
  const nothing = { files: [], texts: [], names: [], hidden: [], isSigned: random.chance(0.05) }
  const planting: Planting = { random, count: 0, ...nothing }
  const content = random.chance(0.1) ? file(planting, ['base64']) : mixed(planting, random.between(0, 3))
  const signature = leaf('x', { type: 'application/pgp-signature' })
  const whole = planting.isSigned ? multipart('signed', [content, signature], around(planting)) : content
  const { files, texts, names, hidden, isSigned } = planting
  return { bytes: mail(whole, header(random)), files, texts, names, hidden, isSigned }
}

function header(random: Random): string[] {
  return [
    'From: =?utf-8?q?Anna_=C3=85kesson?= <anna@example.org>',
    'To: Bo <bo@example.net>',
    `Subject: ${random.pick(['[secure] Report', '=?utf-8?B?W3PDpGtlcl0gUmFwcG9ydA==?=', 'Report [secure, max 1]'])}`,
    'Date: Tue, 24 Nov 2026 10:00:00 +0100',
    'Message-ID: <1@example.org>',
    ...(random.chance(0.9) ? ['MIME-Version: 1.0'] : []),
    ...(random.chance(0.2) ? ['Bcc: hidden@example.org', 'DKIM-Signature: v=1;\r\n b=abc'] : []),
  ]
}

function mixed(planting: Planting, files: number): Entity {
  const { random } = planting
  const parts = [body(planting)]
  for (let count = 0; count < files; count += 1) parts.push(file(planting))
  if (random.chance(0.2)) parts.push(text(planting, 'plain'))
  if (random.chance(0.1)) parts.push(mixed(planting, 1))
  return parts.length === 1 && random.chance(0.5) ? parts[0]! : multipart('mixed', parts, around(planting))
}

function body(planting: Planting): Entity {
  const { random } = planting
  const html = random.chance(0.3) ? related(planting) : text(planting, 'html')
  return random.pick([
    () => text(planting, 'plain'),
    () => text(planting, 'html'),
    () => multipart('alternative', [text(planting, 'plain'), html], around(planting)),
    () => related(planting),
  ])()
}

function related(planting: Planting): Entity {
  const image = leaf(planting.random.bytes(60), {
    type: 'image/png',
    encoding: 'base64',
    disposition: 'inline; filename=logo.png',
    contentId: 'logo@example.org',
  })
  return multipart('related', [text(planting, 'html'), image], around(planting))
}

const charsets = ['utf-8', 'iso-8859-1', 'windows-1252', 'us-ascii', 'utf-7', 'iso-2022-jp', 'x-unknown', 'hz-gb-2312']

function text(planting: Planting, kind: 'plain' | 'html'): Entity {
  const { random, texts } = planting
  if (kind === 'plain' && random.chance(0.05)) return textWithFile(planting)
  if (random.chance(0.05)) return wideText(kind)
  const lines = Array.from({ length: random.between(0, 6) }, () =>
    random.pick(['', 'Hej', '. dot', '--', 'a=b ', '> quoted']),
  )
  const marker = newMarker(planting, 'T')
  texts.push(marker)
  const shown = [...lines, `Secret ${marker} here`, ...lines].join('\r\n')
  const content = kind === 'plain' ? shown : `<html><body><p>${shown}<img src="cid:logo@example.org"></p></body></html>`
  const charset = random.chance(0.8) ? `; charset=${random.pick(charsets)}` : ''
  const flowed = kind === 'plain' && random.chance(0.2) ? '; format=flowed; delsp=yes' : ''
  const encoding = random.pick(['7bit', '8bit', 'quoted-printable', 'base64', undefined] as const)
  return leaf(content + random.pick(['', '\r\n']), {
    type: `text/${kind}${charset}${flowed}`,
    ...(encoding ? { encoding } : {}),
  })
}

/** What is written in two bytes a character is not looked for. */
function wideText(kind: 'plain' | 'html'): Entity {
  const content = Buffer.from(`\ufeff<p>Hej</p>\r\n`, 'utf16le')
  return leaf(content, { type: `text/${kind}; charset=utf-16`, encoding: 'base64' })
}

function textWithFile(planting: Planting): Entity {
  const marker = newMarker(planting, 'U')
  planting.hidden.push(marker)
  return leaf(`Hej\r\n\r\nbegin 644 a.bin\r\n${uuLine(marker)}\r\n\`\r\nend\r\n`, { type: 'text/plain; charset=utf-8' })
}

/** At most 45 bytes. */
function uuLine(content: string): string {
  const bits = [...Buffer.from(content.padEnd(Math.ceil(content.length / 3) * 3))]
    .map(byte => byte.toString(2).padStart(8, '0'))
    .join('')
  const values = (bits.match(/.{6}/g) ?? []).map(six => parseInt(six, 2))
  return [content.length, ...values].map(value => String.fromCharCode(value === 0 ? 96 : value + 32)).join('')
}

const types = [
  'application/pdf',
  'image/jpeg',
  'application/octet-stream',
  'text/csv',
  'application/ms-tnef',
  'application/x-a',
]

type FileEncoding = 'base64' | 'quoted-printable' | '8bit'

/** A mail that is a file itself ends with a line end that the file has not, unless it is encoded. */
function file(
  planting: Planting,
  encodings = ['base64', 'base64', 'quoted-printable', '8bit'] as FileEncoding[],
): Entity {
  const { random, files, names } = planting
  const marker = newMarker(planting, 'F')
  const name = newMarker(planting, 'N')
  names.push(name)
  if (encodings.length > 1 && random.chance(0.15)) return attachedMail(planting, marker)
  const content = Buffer.concat([random.bytes(random.below(200)), Buffer.from(marker), random.bytes(random.below(200))])
  const lines = Buffer.from(`${'a'.repeat(random.below(50))}\r\n${marker}\r\n${'b'.repeat(random.below(50))}`)
  const disposition = `attachment; filename="${name}.${random.pick(['pdf', 'docx', 'txt'])}"`
  const encoding = random.pick(encodings)
  const bytes = encoding === '8bit' ? lines : content
  files.push({ marker, content: bytes })
  if (encoding === 'base64') return attachment(bytes, name, random.pick(types))
  return leaf(bytes, { type: random.pick(types), encoding, disposition })
}

function attachedMail(planting: Planting, marker: string): Entity {
  const inner = multipart('mixed', [leaf('x', { type: 'text/plain' }), attachment(`inner ${marker}`, 'inner.bin')], {
    boundary: `inner-${(planting.count += 1)}`,
  })
  const content = written({ ...inner, fields: ['Subject: forwarded', ...inner.fields] })
  planting.files.push({ marker, content })
  return { fields: ['Content-Type: message/rfc822', 'Content-Disposition: attachment'], body: content }
}

/** A boundary that is never another's start. */
function around(planting: Planting) {
  planting.count += 1
  const { random } = planting
  return {
    boundary: `b${planting.count}.${random.pick(['', '_=x', "'()+", '----'])}`,
    ...(random.chance(0.2) ? { preamble: 'A mail in parts.', epilogue: 'The end.' } : {}),
  }
}

function newMarker(planting: Planting, kind: 'F' | 'T' | 'N' | 'U'): string {
  return `Kv${kind}${planting.random.bytes(8).toString('hex')}`
}
