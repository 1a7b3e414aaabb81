import { expect, test } from 'vitest'
import { searchCarriedFiles } from '#seal/plan/carried-files.ts'
import { attachment, leaf, mail, multipart } from '../../support/mail-builder.ts'
import { planned } from '../../support/planned.ts'

const pdf = attachment('PDF-BYTES', 'report.pdf', 'application/pdf')
const uuLines = '#86)C\r\n`\r\nend\r\n'

const files: [string, string, string][] = [
  ['text/plain', 'uuencode', `See:\r\nbegin 644 report.bin\r\n${uuLines}`],
  ['text/plain', 'uuencode at the start', `begin 0644 report.bin\r\n${uuLines}`],
  ['text/plain', 'uuencode with two blanks', `begin  644 report.bin\r\n${uuLines}`],
  ['text/plain', 'uuencode with tabs', `begin\t644\treport.bin\r\n${uuLines}`],
  ['text/plain', 'uuencode in capitals', `BEGIN 644 REPORT.BIN\r\n${uuLines}`],
  ['text/plain', 'uuencode that is quoted', `> begin 644 report.bin\r\n> ${uuLines}`],
  ['text/html', 'uuencode in HTML', `<pre>begin 644 report.bin<br>${uuLines}</pre>`],
  ['text/plain', 'base64 of uuencode', 'begin-base64 644 report.bin\r\nYWJj\r\n====\r\n'],
  ['text/plain', 'base64 of uuencode, its name too', 'begin-base64-encoded 644 YS5iaW4=\r\nYWJj\r\n====\r\n'],
  ['text/plain', 'yEnc', '\r\n=ybegin line=128 size=3 name=a.bin\r\n\x8b\x8c\r\n=yend size=3\r\n'],
  ['text/plain', 'BinHex', '\r\n(This file must be converted with BinHex 4.0)\r\n\r\n:#8&bFh"(:\r\n'],
  ['text/html', 'a data link', '<a href="data:application/pdf;base64,JVBERi0xLjQK">the report</a>'],
  ['text/html', 'a data link in capitals', "<a href='DATA:Application/PDF;BASE64,JVBERi0xLjQK'>the report</a>"],
  ['text/html', 'a data link with parameters', '<object data="data:text/csv;charset=utf-8;name=a.csv,a%3Bb"></object>'],
  ['text/html', 'a data link without a type', '<a href="data:;base64,JVBERi0xLjQK">the report</a>'],
  ['text/html', 'a data link to a drawing', '<img src="data:image/vnd.dwg;base64,QUMxMDE1">'],
  ['text/plain', 'a data link in a text', 'See data:application/pdf;base64,JVBERi0xLjQK\r\n'],
  ['text/calendar', 'ATTACH', 'BEGIN:VEVENT\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:JVBERi0xLjQK\r\nEND:VEVENT\r\n'],
  ['text/calendar', 'ATTACH with its type', 'ATTACH;FMTTYPE=application/pdf;VALUE=binary;ENCODING=base64:JVBE\r\n'],
  [
    'text/calendar',
    'ATTACH that is folded',
    'ATTACH;FMTTYPE=application/pdf;ENC\r\n ODING=BASE\r\n\t64;VALUE=BIN\r\n ARY:JVBE\r\n',
  ],
  ['text/calendar', 'ATTACH in quotation marks', 'ATTACH;ENCODING="BASE64":JVBERi0xLjQK\r\n'],
  [
    'text/calendar',
    'ATTACH with a data link',
    'ATTACH;FMTTYPE=application/pdf:data:applica\r\n tion/pdf;base64,JVBERi0xLjQK\r\n',
  ],
  ['text/calendar', 'IMAGE', 'IMAGE;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=image/png:iVBO\r\n'],
]

const proses: [string, string][] = [
  ['text/plain', 'Please begin 644 things\r\n begin 644 a\r\nbegin 64 a\r\n'],
  ['text/plain', 'data: a, b and c; metadata:text/plain, data:, base64\r\n'],
  ['text/html', '<img src="data:image/png;base64,iVBO"><div style="background:url(data:image/JPEG;base64,/9j/)">'],
  [
    'text/calendar',
    'ATTACH:https://example.org/report.pdf\r\nATTACH:CID:part1@example.org\r\nDESCRIPTION:ENCODING\r\n',
  ],
]

test.each(files)('a file in a %s is found: %s', (type, _, content) => {
  // In one piece, and wherever it is cut.
  for (let at = 0; at <= content.length; at += 1) {
    const search = searchCarriedFiles(type)
    search.write(content.slice(0, at))
    search.write(content.slice(at))
    expect(search.end(), `cut at ${at}`).toBe(true)
  }
})

test.each(proses)('a %s that only speaks of files holds none: %s', (type, content) => {
  const search = searchCarriedFiles(type)
  search.write(content)
  expect(search.end()).toBe(false)
})

test.each(files)('a mail with a file in its %s is sealed: %s', async (type, _, content) => {
  const text = leaf('Hello', { type: 'text/plain; charset=utf-8', encoding: '8bit' })
  for (const encoding of ['8bit', 'quoted-printable', 'base64'] as const) {
    const body = leaf(Buffer.from(content, 'latin1'), { type: `${type}; charset=utf-8`, encoding })
    const { plan, slim } = await planned(mail(multipart('mixed', [multipart('alternative', [text, body]), pdf])))
    expect(plan).toMatchObject({ copy: 'notice', files: [{ kind: 'body' }, { name: 'report.pdf' }] })
    expect(slim.toString()).not.toMatch(/^content-/im)
  }
})
