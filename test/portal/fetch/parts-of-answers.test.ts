import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSlice } from '#portal/fetch/byte-range.ts'
import { contentDisposition } from '#portal/fetch/file-headers.ts'
import { html, toText } from '#portal/pages/html.ts'
import { words } from '#portal/pages/words.ts'

describe('html', () => {
  test('escapes whatever text stands in it, in content and in quoted attributes', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const shown = toText(html`${text}`)
        expect(shown).not.toMatch(/[<>"']/)
        const back = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' } as Record<string, string>
        expect(shown.replace(/&(?:lt|gt|quot|#39|amp);/g, entity => back[entity]!)).toBe(text)
      }),
    )
  })

  test('keeps nested markup, joins lists, and writes nothing for nothing', () => {
    const items = ['<a>', '&'].map(item => html`<i>${item}</i>`)
    expect(toText(html`${items}${null}${undefined}${false}${0}`)).toBe('<i>&lt;a&gt;</i><i>&amp;</i>0')
  })
})

describe('one range of bytes', () => {
  const whole = { status: 200, range: { start: 0, end: 10 } }
  const part = (start: number, end: number) => ({ status: 206, range: { start, end } })
  test.each([
    [undefined, whole],
    ['bytes=0-0', part(0, 1)],
    ['bytes=0-9', part(0, 10)],
    ['bytes=4-', part(4, 10)],
    ['bytes=4-99', part(4, 10)],
    ['bytes=-3', part(7, 10)],
    ['bytes=-99', part(0, 10)],
    ['BYTES= 2-3 ', part(2, 4)],
    ['bytes=10-', { status: 416 }],
    ['bytes=99-100', { status: 416 }],
    ['bytes=-0', { status: 416 }],
    ['bytes=5-4', whole],
    ['bytes=0-1,3-4', whole],
    ['bytes=-', whole],
    ['bytes=a-b', whole],
    ['lines=0-1', whole],
    ['bytes=1-2-3', whole],
    ['bytes=99999999999999999-', whole],
  ])('%s', (range, slice) => {
    expect(chooseSlice({ range }, 10, '"tag"')).toEqual(slice)
  })

  test('any range of an empty file is beyond its end', () => {
    expect(chooseSlice({ range: 'bytes=0-' }, 0, '"tag"')).toEqual({ status: 416 })
  })

  test('If-Range wants the very entity tag', () => {
    const ask = (condition: string) => chooseSlice({ range: 'bytes=1-', 'if-range': condition }, 10, '"tag"').status
    expect(ask('"tag"')).toBe(206)
    for (const other of ['"tga"', 'W/"tag"', 'tag', 'Tue, 24 Nov 2026 08:00:00 GMT']) expect(ask(other)).toBe(200)
  })
})

describe('the name that a file is saved under', () => {
  test.each([
    ['rapport.pdf', 'attachment; filename="rapport.pdf"; filename*=UTF-8\'\'rapport.pdf'],
    ['Årsmöte.doc', 'attachment; filename="Arsmote.doc"; filename*=UTF-8\'\'%C3%85rsm%C3%B6te.doc'],
    ['a"b\\c%.txt', 'attachment; filename="a_b_c_.txt"; filename*=UTF-8\'\'a%22b%5Cc%25.txt'],
    ['', 'attachment; filename="file"; filename*=UTF-8\'\'file'],
  ])('%s', (name, field) => {
    expect(contentDisposition(name)).toBe(field)
  })

  test('never breaks out of its field, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), name => {
        expect(contentDisposition(name)).toMatch(
          /^attachment; filename="[^"\\%/\x00-\x1f\x7f-\u{10ffff}]*"; filename\*=UTF-8''[\w.~!%-]+$/u,
        )
      }),
    )
  })
})

test('Swedish and English have the same words, none of them empty', () => {
  expect(Object.keys(words.en)).toEqual(Object.keys(words.sv))
  for (const say of [words.sv, words.en].flatMap(({ menu, ...others }) => [
    ...Object.values(others),
    ...Object.values(menu),
  ])) {
    expect(typeof say === 'string' ? say : say(2 as never, 3)).not.toMatch(/^$|undefined|NaN|object/)
  }
})
