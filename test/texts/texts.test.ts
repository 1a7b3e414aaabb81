import { expect, test } from 'vitest'
import { humanSize } from '#texts/human-size.ts'
import { longDate } from '#texts/long-date.ts'
import { mailTexts } from '#texts/mail-texts.ts'
import { nameAndAddress, plainWords } from '#texts/plain-words.ts'
import { wrapLines } from '#texts/wrap-lines.ts'

test.each([
  [0, '0 byte', '0 bytes'],
  [1, '1 byte', '1 byte'],
  [1023, '1023 byte', '1023 bytes'],
  [1024, '1 kB', '1 kB'],
  [1536, '1,5 kB', '1.5 kB'],
  [102_348, '99,9 kB', '99.9 kB'],
  [102_399, '100 kB', '100 kB'],
  [21_286_093, '20,3 MB', '20.3 MB'],
  [1024 ** 2 - 1, '1 MB', '1 MB'],
  [1024 ** 3, '1 GB', '1 GB'],
  [5 * 1024 ** 5, '5120 TB', '5120 TB'],
])('%d bytes are %s and %s', (sizeBytes, swedish, english) => {
  expect(humanSize(sizeBytes, 'sv')).toBe(swedish)
  expect(humanSize(sizeBytes, 'en')).toBe(english)
})

test('a date is written out in the language', () => {
  const date = new Date('2026-12-24T12:00:00Z')
  expect(longDate(date, 'sv')).toBe('24 december 2026')
  expect(longDate(date, 'en')).toBe('24 December 2026')
})

test.each([
  ['a\u202egpj.exe', 'agpj.exe'],
  ['one\r\nBcc: two\0', 'one Bcc: two'],
  ['\u2066x\u2069\u200f\ufeff', 'x'],
  ['e\u0301', 'é'],
  ['\ud800', '\ufffd'],
  ['👩\u200d💻', '👩\u200d💻'],
  ['x\u2028y\u0085z', 'x y z'],
])('of %j is left %j', (untrusted, words) => {
  expect(plainWords(untrusted)).toBe(words)
})

test.each([
  ['Anna Å <anna@example.org>', 'Anna Å', 'anna@example.org'],
  ['"Å, Anna" <anna@example.org>', 'Å, Anna', 'anna@example.org'],
  ['<anna@example.org>', 'anna@example.org', null],
  ['anna@example.org', 'anna@example.org', null],
])('%s is shown as %s', (mailbox, name, address) => {
  expect(nameAndAddress(mailbox)).toEqual({ name, address })
})

test('lines are broken at 74 columns, between words where that can be', () => {
  const lines = wrapLines(`${'ord '.repeat(30)}${'文'.repeat(60)} slut`, '- ', '  ')
  for (const line of lines) expect(line.replace(/文/g, 'xx').length).toBeLessThanOrEqual(74)
  expect(lines.map(line => line.trim()).join('')).toContain('文'.repeat(60))
  expect(lines.join('')).not.toMatch(/ $/)
  expect(lines[0]!.startsWith('- ord ord')).toBe(true)
  expect(lines.slice(1).every(line => line.startsWith('  '))).toBe(true)
  expect(wrapLines('--gräns')).toEqual([' --gräns'])
})

test('both languages say the same things', () => {
  expect(Object.keys(mailTexts.sv)).toEqual(Object.keys(mailTexts.en))
})
