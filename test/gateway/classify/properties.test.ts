import fc from 'fast-check'
import { expect, test } from 'vitest'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { Failure } from '#failure.ts'
import { classifyLines, classifySubject, configured, mail, marked, now } from '../../support/arrive.ts'

const settings = configured({ rules: [{ header: { name: 'sensitivity', pattern: '(secret|hemlig)' } }] })
const line = (character: string) => !/[\r\n]/.test(character)

/** Text that is close to the grammar, so that it often reaches what is behind the first check. */
const pieces = [
  '[',
  ']',
  '(',
  ')',
  '【',
  '］',
  'secure',
  'säker',
  'sa\u0308kert',
  'secrue',
  'max',
  '=',
  '1',
  ',',
  ' ',
  ';',
  ':',
]
  .concat([
    'Re:',
    'Sv:',
    'private',
    'no',
    'login',
    'open',
    '7',
    'dagar',
    '2026-12-31',
    '\u00a0',
    '\u200b',
    '[LIST]',
    '+',
  ])
  .concat([
    '=?utf-8?Q?',
    '?=',
    '=5B',
    '_',
    '%5D',
    '\\',
    '"',
    'å',
    '🔒',
    '\ud800',
    '9',
    '8',
    '.',
    '-',
    'hello',
    'X-Kuvert:',
  ])
const nearText = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map(parts => parts.join(''))
const anyText = fc.oneof(nearText, fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 60 }))
const oneLine = anyText.map(text => [...text].filter(line).join(''))

function orFailure(attempt: () => Classified): Classified | Failure {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

test('any text is marked, not marked, or refused with one short printable line', () => {
  fc.assert(
    fc.property(oneLine, oneLine, (subject, value) => {
      for (const lines of [
        [`Subject: ${subject}`],
        [`X-Kuvert: ${value}`],
        [`Subject: ${subject}`, `sensitivity: ${value}`],
      ]) {
        const outcome = orFailure(() => classify(settings, mail(lines), now))
        if (!(outcome instanceof Failure)) continue
        expect(outcome.message).not.toMatch(/\p{Cc}|\p{Cf}|[\u2028\u2029\ufffe]/u)
        expect(outcome.message.isWellFormed()).toBe(true)
        expect(outcome.message.length).toBeLessThan(400)
      }
    }),
    { numRuns: 5000 },
  )
})

test('what the mark was removed from is not marked, and not refused either', () => {
  fc.assert(
    fc.property(nearText, subject => {
      const first = orFailure(() => classifySubject(subject))
      if (first instanceof Failure || !first.marked) return
      expect(classifySubject(first.changedSubject ?? '')).toEqual({ marked: false, decideAtBytes: null })
    }),
    { numRuns: 20_000 },
  )
})

const keyword = fc.constantFrom('secure', 'säker', 'SÄKERT', 'Säkert', 'sa\u0308ker')
const blank = fc.constantFrom('', ' ', '  ', '\u00a0', '\t')
const option = fc
  .constantFrom('max=1', 'max 1', 'antal 1', 'privat', 'private=ja', 'open', 'login=none', 'utan inloggning')
  .chain(first => fc.constantFrom(first, first.toUpperCase(), '7 dagar', 'expires=7d', 'lang=en', 'kvitto=nej'))
const separator = fc.constantFrom(', ', '; ', ' ', ',', ';')
const tag = fc
  .tuple(keyword, blank, blank, fc.array(fc.tuple(separator, option), { maxLength: 4 }))
  .map(([word, before, after, options]) => `[${before}${word}${options.flat().join('')}${after}]`)
const words = fc.array(fc.constantFrom('Hello', 'hej', 'då', 'Budget', '2026', 'idé', 'faktura'), {
  minLength: 1,
  maxLength: 5,
})
const prefix = fc.array(fc.constantFrom('Re: ', 'Sv: ', 'FW:', 'vb: ', 'Re[2]: ', '[LIST] '), { maxLength: 3 })

test('a well-formed tag at the start or the end always marks, and only the tag goes', () => {
  fc.assert(
    fc.property(tag, words, prefix, fc.boolean(), (mark, text, before, first) => {
      const rest = text.join(' ')
      const start = before.join('')
      const result = marked(classifySubject(first ? `${start}${mark} ${rest}` : `${start}${rest} ${mark}`))
      expect(result.subject.replace(/\s+/g, '')).toBe(`${start}${rest}`.replace(/\s+/g, ''))
    }),
    { numRuns: 5000 },
  )
})

test('however a tag is encoded, it never passes', () => {
  const encodings = [
    (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`,
    (text: string) =>
      `=?utf-8?Q?${[...Buffer.from(text)].map(byte => `=${byte.toString(16).padStart(2, '0')}`).join('')}?=`,
    (text: string) => `=?iso-8859-1?B?${Buffer.from(text, 'latin1').toString('base64')}?=`,
    (text: string) => `=?iso-8859-1?B?${Buffer.from(text).toString('base64')}?=`,
    (text: string) => `=?utf-8?B?${Buffer.from(text, 'latin1').toString('base64')}?=`,
    (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}`,
    (text: string) => text.replace(' ', '\r\n '),
    (text: string) => encodeURIComponent(text),
  ]
  fc.assert(
    fc.property(tag, words, fc.constantFrom(...encodings), (mark, text, encode) => {
      const subject = encode(`${mark.normalize('NFC')} ${text.join(' ')}`)
      const outcome = orFailure(() => classifySubject(subject))
      expect(outcome instanceof Failure || outcome.marked).toBe(true)
    }),
    { numRuns: 5000 },
  )
})

test('with one character left out of a tag, or one put in twice, it never passes', () => {
  fc.assert(
    fc.property(keyword, fc.nat(), fc.boolean(), (word, at, twice) => {
      const mark = [...`[${word.normalize('NFC')}]`]
      const index = at % mark.length
      mark.splice(index, 1, ...(twice ? [mark[index]!, mark[index]!] : []))
      const outcome = orFailure(() => classifySubject(`${mark.join('')} Hello`))
      expect(outcome instanceof Failure || outcome.marked).toBe(true)
    }),
    { numRuns: 500 },
  )
})

const repeated = [
  '[',
  ']',
  '[]',
  '[secure] ',
  '[secure][max 1]',
  '[max=1]',
  '[a=b] ',
  '(',
  '8',
  'Re: ',
  'Re[2]:',
  ' ',
  '\u00a0',
]
  .concat([
    '\u200b',
    '=?',
    '=?utf-8?Q?',
    '=?utf-8?B?W3',
    '=?a?b?',
    '+A',
    '&#9',
    '%5',
    'å',
    '=',
    ',',
    'max ',
    'max=1,',
    '"',
  ])
  .concat([
    'secure]',
    '[secure',
    '】',
    'a】',
    '[säker】',
    's e c u r e ',
    '[s ',
    '-',
    '.',
    '🔒',
    'X-Kuvert',
    '[LIST] ',
    '] secure',
  ])

test.each(repeated)('100 kB of %j are dealt with at once', { timeout: 30_000 }, piece => {
  const long = piece.repeat(Math.ceil(100_000 / piece.length))
  const variants = [
    long,
    `[secure ${long}]`,
    `[secure${long}`,
    `${long}]`,
    `${long} [secure]`,
    `[${long}] x`,
    `a${long}b`,
  ]
  for (const text of variants) {
    orFailure(() => classifySubject(text))
    orFailure(() => classifyLines([`X-Kuvert: ${text}`]))
  }
})
