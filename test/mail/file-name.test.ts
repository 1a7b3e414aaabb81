import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distinctFileNames, safeFileName } from '#mail/file-name.ts'
import { parameterText, readStructuredValue } from '#mail/parameters.ts'

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\Anna\\offert.docx', 'offert.docx'],
  ['folder/', 'folder'],
  ['.htaccess', 'htaccess'],
  ['bad\u202efdp.exe', 'badfdp.exe'],
  ['a\u200bb\u0000c\r\n.pdf', 'abc.pdf'],
  ['  notes . ', 'notes'],
  ['A\u030arsrapport.pdf', 'Årsrapport.pdf'],
  ['CON', '_CON'],
  ['nul.txt', '_nul.txt'],
  ['console.txt', 'console.txt'],
  ['what?.pdf', 'what_.pdf'],
  ['', 'file-3.pdf'],
  ['...', 'file-3.pdf'],
  [null, 'file-3.pdf'],
  ['\ud800.pdf', '\ufffd.pdf'],
])('%j becomes %j', (given, safe) => {
  expect(safeFileName(given, 'application/pdf', 3)).toBe(safe)
})

test('a type that is not known gives a name too', () => {
  expect(safeFileName(null, 'application/x-unheard-of', 1)).toBe('file-1.bin')
})

test('a long name keeps its extension and is never cut within a character', () => {
  const name = safeFileName(`${'å'.repeat(150)}.docx`, 'text/plain', 1)
  expect(name).toBe(`${'å'.repeat(97)}.docx`)
  expect(Buffer.byteLength(safeFileName('😀'.repeat(100), 'text/plain', 1))).toBe(200)
  for (let more = 9990; more < 10_000; more += 1)
    expect(safeFileName(`${'a'.repeat(more)}.😀.😀`, 'text/plain', 1).isWellFormed()).toBe(true)
})

test('names that are equal but for case are told apart', () => {
  expect(distinctFileNames(['a.pdf', 'A.pdf', 'a.pdf', 'a (2).pdf', 'a', 'a'])).toEqual([
    'a.pdf',
    'A (2).pdf',
    'a (3).pdf',
    'a (2) (2).pdf',
    'a',
    'a (2)',
  ])
})

test('whatever is given, the name is safe and the names differ', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 8 }), given => {
      const names = distinctFileNames(given.map((name, index) => safeFileName(name, 'text/plain', index)))
      expect(new Set(names.map(name => name.toLowerCase())).size).toBe(names.length)
      for (const name of names) {
        expect(name).toMatch(/^[^\p{Cc}\p{Cf}/\\]+$/u)
        expect(name).not.toMatch(/^[. ]|[. ]$/)
        expect(name.isWellFormed()).toBe(true)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200)
      }
    }),
  )
})

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

test.each([
  ['plain', 'attachment; filename=a.pdf', 'a.pdf'],
  ['quoted', 'attachment; filename="a; b.pdf"', 'a; b.pdf'],
  ['with escaped quotes', 'attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'],
  ['with a path', 'attachment; filename="C:\\temp\\a.pdf"', 'C:\\temp\\a.pdf'],
  ['unquoted with blanks', 'attachment; filename=my report (1).pdf', 'my report (1).pdf'],
  ['extended', "attachment; filename*=utf-8''%C3%A5rs%20rapport.pdf", 'års rapport.pdf'],
  ['extended in latin1', "attachment; filename*=iso-8859-1'sv'%E5r.pdf", 'år.pdf'],
  ['extended beside a plain one', "attachment; filename=ar.pdf; filename*=utf-8''%C3%A5r.pdf", 'år.pdf'],
  ['continued', 'attachment; filename*0="long "; filename*1="name"; filename*2=".pdf"', 'long name.pdf'],
  [
    'continued and extended, in any order',
    "attachment; filename*2=.pdf; filename*0*=utf-8''%C3; filename*1*=%A5r",
    'år.pdf',
  ],
  ['in words that are not allowed there', 'attachment; filename="=?utf-8?Q?=C3=A5r?= =?utf-8?B?LnBkZg==?="', 'år.pdf'],
  ['in raw UTF-8', `attachment; filename="${latin1('år.pdf')}"`, 'år.pdf'],
  ['in raw latin1', 'attachment; filename="\xe5r.pdf"', 'år.pdf'],
  ['in an unknown charset', "attachment; filename*=x-none''a%41.pdf", 'aA.pdf'],
])('a name is read %s', (_, field, name) => {
  const read = readStructuredValue(field)
  expect(parameterText(read, 'filename')).toBe(name)
  expect(read).toMatchObject({ value: 'attachment', unclear: null })
})

test.each([
  ['text/plain; charset=a; charset=b', 'gives two values for charset'],
  ['text/plain; charset="a', 'has a quotation mark too few'],
  ['text/plain; charset="a"b', 'has something after the value of charset'],
  ['text/plain (', 'has a comment without an end'],
  [
    `text/plain${';a=b'.repeat(3)};${Array.from({ length: 101 }, (_, index) => `p${index}=x`).join(';')}`,
    'has too many parameters',
  ],
])('%s is not clear', (field, unclear) => {
  expect(readStructuredValue(field).unclear).toBe(unclear)
})

test('the same value twice, empty parameters and comments are clear', () => {
  expect(readStructuredValue('Text/Plain (a;b);; charset="utf-8" (c) ; charset=utf-8;')).toMatchObject({
    value: 'text/plain',
    parameters: [{ name: 'charset', value: 'utf-8' }],
    unclear: null,
  })
})
