import fc from 'fast-check'
import libmime from 'libmime'
import { expect, test } from 'vitest'
import { encodeField } from '#mail/encode-field.ts'

function unfold(field: string): string {
  return field
    .replace(/^Subject:[ ]?/, '')
    .replace(/\r\n(?=[ \t])/g, '')
    .replace(/\r\n$/, '')
}

test.each([
  ['Report', 'Subject: Report\r\n'],
  ['', 'Subject:\r\n'],
  ['Säkert', 'Subject: =?utf-8?B?U8Oka2VydA==?=\r\n'],
  ['like a =?word?=', 'Subject: =?utf-8?B?bGlrZSBhID0/d29yZD89?=\r\n'],
])('%j is written as %j', (text, field) => {
  expect(encodeField('Subject', text).toString()).toBe(field)
})

test('any subject is ASCII in lines below 78, and read again as it was', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'Z', '?', '=', 'å', '😀', '-'), minLength: 1, maxLength: 90 })
  const blanks = fc.constantFrom(' ', '  ')
  fc.assert(
    fc.property(fc.array(fc.tuple(word, blanks), { maxLength: 20 }), words => {
      const text = words.flat().join('').trim()
      const field = encodeField('Subject', text).toString('latin1')
      expect(field).toMatch(/^[\x20-\x7e\r\n]+\r\n$/)
      for (const line of field.split('\r\n').slice(0, -1)) expect(line).toMatch(/^.{0,77}$/)
      expect(field).not.toMatch(/\r\n[ \t]*\r\n/)
      expect(libmime.decodeWords(unfold(field))).toBe(text)
    }),
  )
})
