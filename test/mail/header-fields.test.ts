import { expect, test } from 'vitest'
import { decodeText, findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'

test('fields keep their ranges, continuation lines belong to the field before', () => {
  const section = Buffer.from('Subject: one\r\n two\r\nTo : a@example.org\r\n\r\nbody: no\r\n')
  const { fields, malformedLines } = readHeaderFields(section)
  expect(fields).toEqual([
    { name: 'subject', range: { start: 0, end: 20 }, value: 'one two' },
    { name: 'to', range: { start: 20, end: 40 }, value: 'a@example.org' },
  ])
  expect(malformedLines).toBe(0)
  expect(findHeaderEnd(section)).toBe(42)
})

test('a line without a colon is counted as malformed', () => {
  expect(readHeaderFields(Buffer.from('Subject: a\r\nnonsense\r\n\r\n')).malformedLines).toBe(1)
})

test.each([
  ['=?utf-8?q?s=C3=A4ker?=', 'säker'],
  [Buffer.from('säker').toString('latin1'), 'säker'],
  ['s\xe4ker', 'säker'],
  ['=?utf-8?b?c2HMiGtlcg==?=', 'säker'.normalize('NFC')],
])('%s is read as text', (value, text) => {
  expect(decodeText(value)).toBe(text)
})

const raw = (text: string) => Buffer.from(text).toString('latin1')

test.each([
  ['UTF-8 cut within a letter', `${raw('Årsbokslut för mån')}\xc3`, 'Årsbokslut för mån\ufffd'],
  ['UTF-8 with a byte of latin1 in it', `${raw('Årsbokslut f')}\xf6r${raw(' år')}`, 'Årsbokslut f\ufffdr år'],
  ['a replacement character among UTF-8', raw('Årsbokslut \ufffd'), 'Årsbokslut \ufffd'],
  ['a replacement character alone', raw('bokslut \ufffd'), 'bokslut \ufffd'],
  ['latin1 alone', 'R\xe4ksm\xf6rg\xe5s', 'Räksmörgås'],
  ['a letter of latin1 in an encoded word', '=?iso-8859-1?Q?R\xe4ksm=F6rg=E5s?=', 'Räksmörgås'],
  ['a letter of UTF-8 in an encoded word', `=?utf-8?Q?R${raw('ä')}ksm=C3=B6rg=C3=A5s?=`, 'Räksmörgås'],
  ['a bad letter in an encoded word', `=?utf-8?Q?R\xe4ksm=C3=B6rg=C3=A5s?=${raw(' på')}`, 'R\ufffdksmörgås på'],
])('%s spoils one letter at most', (_, value, text) => {
  expect(decodeText(value)).toBe(text)
})

test('printable ASCII, which takes a shorter way, is read as it is among other letters', () => {
  const printable = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index))
  for (const text of [printable, 'a = b?', '?= =', '=? no word', '=?utf-8?q?broken', 'two  blanks ']) {
    expect(decodeText(`${text}\xe5`)).toBe(`${decodeText(text)}å`)
  }
})

test('a letter whose last byte looks like a blank is not cut', () => {
  const { fields } = readHeaderFields(Buffer.from('Subject: \t voilà \r\n\r\n'))
  expect(decodeText(fields[0]!.value)).toBe('voilà')
})
