import iconv from 'iconv-lite'
import { expect, test } from 'vitest'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { leaves } from '#mail/part.ts'
import { decodePart } from '#mail/transfer-encoding.ts'
import { split } from '#seal/split/split.ts'
import { attachment, leaf, mail, multipart, usualFields, type LeafOptions } from '../../support/mail-builder.ts'
import { planned } from '../../support/planned.ts'

const text = leaf('Hello Bo', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
const pdf = attachment('PDF-BYTES', 'agenda.pdf', 'application/pdf')

/** An invitation of these lines, whose subject has the mark; and what the calendar of its copy says. */
async function invited(lines: string[], options: LeafOptions & { charset?: string; subject?: string } = {}) {
  const { charset = 'utf-8', subject = '[säker, öppen] Möte om budget', ...leafOptions } = options
  const calendar = leaf(iconv.encode(lines.join('\r\n'), charset), {
    type: `text/calendar; charset=${charset}; method=REQUEST; name=meeting.ics`,
    encoding: '8bit',
    ...leafOptions,
  })
  const fields = usualFields.map(field => (field.startsWith('Subject') ? `Subject: ${subject}` : field))
  const bytes = mail(multipart('mixed', [multipart('alternative', [text, calendar]), pdf]), fields)
  const made = await planned(bytes, { changedSubject: subject.replace(/\s*\[[^\]]*\]\s*/g, '') })
  if (made.plan.copy === 'notice') return 'sealed'
  const source = mailFromBuffer(made.slim)
  const part = leaves(await split(source)).find(each => each.contentType.value === 'text/calendar')!
  const decoded = Buffer.concat(await Array.fromAsync(decodePart(source, part.body, part.encoding)))
  return iconv.decode(decoded, charset).split('\r\n')
}

const around = ['BEGIN:VEVENT', 'UID:1@example.org', 'END:VEVENT', '']
const event = (...summary: string[]) => [...around.slice(0, 2), ...summary, ...around.slice(2)]

test.each<[string, string[], string[]]>([
  [
    'as Outlook writes it',
    ['SUMMARY;LANGUAGE=sv-SE:[säker\\, öppen] Möte om budget'],
    ['SUMMARY;LANGUAGE=sv-SE:Möte om budget'],
  ],
  ['without escapes', ['SUMMARY:[säker, öppen] Möte'], ['SUMMARY:Möte']],
  ['at the end', ['SUMMARY:Möte om budget [säker\\, öppen]'], ['SUMMARY:Möte om budget']],
  ['in the middle', ['summary:Sv: [Säker\\, öppen] Möte'], ['summary:Sv: Möte']],
  ['alone', ['SUMMARY:[säker\\, öppen]'], ['SUMMARY:']],
  ['with a colon behind it', ['SUMMARY:[säker\\, öppen]: Möte'], ['SUMMARY:Möte']],
  ['folded', ['SUMMARY;LANGUAGE=sv-SE:[säk', ' er\\,', '\t öppen] Mö', ' te'], ['SUMMARY;LANGUAGE=sv-SE:Möte']],
  [
    'with a quoted parameter',
    ['SUMMARY;ALTREP="cid:a:b@x";X=y:[säker\\, öppen] Möte'],
    ['SUMMARY;ALTREP="cid:a:b@x";X=y:Möte'],
  ],
  ['of decomposed letters', ['SUMMARY:[säker\\, öppen] Möte'.normalize('NFD')], ['SUMMARY:Möte']],
  ['twice', ['SUMMARY:[säker\\, öppen] A', 'SUMMARY:[säker\\, öppen] B'], ['SUMMARY:A', 'SUMMARY:B']],
])('the mark is taken out of the summary of a calendar: %s', async (_, summary, expected) => {
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const)
    expect(await invited(event(...summary), { encoding }), encoding).toEqual(event(...expected))
})

test.each(['iso-8859-1', 'windows-1252'])('the summary stays in the charset of the calendar: %s', async charset => {
  const lines = event('SUMMARY:[säker\\, öppen] Möte på ön')
  expect(await invited(lines, { charset })).toEqual(event('SUMMARY:Möte på ön'))
})

test('a summary that is long is folded again, and never within a character', async () => {
  const title = `Möte ${'åäö '.repeat(60)}slut`
  const lines = await invited(event(`SUMMARY:[säker\\, öppen] ${title}`), { encoding: 'base64' })
  for (const line of lines as string[]) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
  expect((lines as string[]).join('\r\n').replaceAll('\r\n ', '')).toBe(event(`SUMMARY:${title}`).join('\r\n'))
})

test('a calendar whose summary has no mark stays byte for byte, whatever is in it', async () => {
  const lines = event('SUMMARY:M', ' öte', 'DESCRIPTION:[säker\\, öppen] Möte', 'X-ODD;: ')
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const)
    expect(await invited(lines, { encoding })).toEqual(lines)
})

test.each<[string, string[], LeafOptions & { charset?: string }]>([
  ['the summary is encoded', ['SUMMARY;ENCODING=QUOTED-PRINTABLE:=5Bs=C3=A4ker, =C3=B6ppen=5D M=C3=B6te'], {}],
  ['the charset has no plain ASCII', ['SUMMARY:[säker\\, öppen] Möte'], { charset: 'utf-16le', encoding: 'base64' }],
  ['it is as large as a file', ['SUMMARY:Möte', `COMMENT:${'x'.repeat(1024 * 1024)}`], { encoding: 'base64' }],
])('an invitation is sealed if its calendar cannot be changed: %s', async (_, lines, options) => {
  expect(await invited(event(...lines), options)).toBe('sealed')
})

test('what has more blanks than a tag is no tag', async () => {
  const blanks = ' '.repeat(500_000)
  const lines = event(`SUMMARY:[säker\\,${blanks}öppen]${blanks}x`)
  expect(await invited(lines, { encoding: 'base64' })).toEqual(lines)
})
