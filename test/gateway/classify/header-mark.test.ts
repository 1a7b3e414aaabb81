import { expect, test } from 'vitest'
import { classifyLines, classifySubject, inDays, marked, refusal } from '../../support/arrive.ts'

const withHeader = (value: string) => classifyLines(['Subject: Hello', `X-Kuvert: ${value}`])

test.each(['yes', 'Yes', 'ja', 'JA', 'on', 'på', 'true', '1', 'secure', 'säker', 'yes;', 'p=C3=A5'])(
  'X-Kuvert: %s marks a mail with the defaults',
  value => {
    if (value.includes('=C3')) value = '=?utf-8?Q?p=C3=A5?='
    const result = marked(withHeader(value))
    expect(result.options).toMatchObject({ login: 'recipients', max: null, private: false, expiresAt: inDays(30) })
    expect(result).toMatchObject({ subject: 'Hello', changedSubject: null, removeFields: ['x-kuvert'] })
  },
)

test.each([
  ['login=recipients; max=1; private', { login: 'recipients', max: 1, private: true }],
  ['yes; max=1', { max: 1 }],
  ['ja, öppen', { login: 'none' }],
  ['secure: max 2', { max: 2 }],
  ['no login', { login: 'none' }],
  ['private', { private: true }],
  ['=?utf-8?Q?=C3=B6ppen?=', { login: 'none' }],
  ['=?utf-8?Q?_yes,_max_1_?=', { max: 1 }],
])('X-Kuvert: %s marks a mail and says how', (value, options) => {
  const result = marked(withHeader(value))
  expect(result.options).toMatchObject(options)
  expect(new Set(Object.values(result.origins))).toEqual(new Set(['header', 'default']))
})

test.each(['no', 'Nej', 'off', 'av', 'false', '0', 'no;'])('X-Kuvert: %s alone is no mark', value => {
  expect(withHeader(value)).toEqual({ marked: false, decideAtBytes: null })
})

test.each([
  ['no; max=1', 'OPTION_CONTRADICTS'],
  ['nej, privat', 'OPTION_CONTRADICTS'],
  ['', 'MARK_UNREADABLE'],
  [' ; ,', 'MARK_UNREADABLE'],
  ['=', 'MARK_UNREADABLE'],
  ['maybe', 'OPTION_UNKNOWN'],
  ['[secure]', 'OPTION_UNKNOWN'],
  ['yes please', 'OPTION_UNKNOWN'],
  ['max=0', 'OPTION_OUT_OF_BOUNDS'],
  ['max=1; max=2', 'OPTION_CONTRADICTS'],
  ['=?utf-8?Q?yes', 'OPTION_UNKNOWN'],
])('X-Kuvert: %s is refused with %s', (value, code) => {
  expect(refusal(() => withHeader(value)).code).toBe(code)
})

test('sentences name the header', () => {
  expect(refusal(() => withHeader('maks=1')).message).toBe(
    'Not sent: Kuvert does not know the option "maks=1" in the header X-Kuvert. Did you mean "max"? Example: X-Kuvert: max=3',
  )
})

test('the header twice cannot be read', () => {
  const lines = ['X-Kuvert: yes', 'x-kuvert: yes']
  expect(refusal(() => classifyLines(lines)).code).toBe('MARK_UNREADABLE')
})

test('a header that says no contradicts a tag in the subject', () => {
  const { message } = refusal(() => classifyLines(['Subject: [secure] Hello', 'X-Kuvert: no']))
  expect(message).toBe('Not sent: the options "[secure]" and "X-Kuvert: no" in the mail contradict each other.')
})

test('header and subject add up; where they differ, the header counts', () => {
  const lines = ['Subject: [secure, max 1, privat] Hello', 'X-Kuvert: max=2; login=none']
  const result = marked(classifyLines(lines))
  expect(result.options).toMatchObject({ max: 2, login: 'none', private: true })
  expect(result.origins).toMatchObject({ max: 'header', login: 'header', private: 'subject', lang: 'default' })
  expect(result.changedSubject).toBe('Hello')
})

test('an option in the subject is refused even where the header overrides it', () => {
  const lines = ['Subject: [secure, mx 1] Hello', 'X-Kuvert: max=2']
  expect(refusal(() => classifyLines(lines)).code).toBe('OPTION_UNKNOWN')
})

test.each(['X-Kuver', 'X-Kuverrt', 'X-Kuvret', 'X-Kuverts', 'Kuvert', 'XKuvert', 'X_Kuvert', 'X-Kuvetr', 'XX-Kuvert'])(
  'the header %s is a near-miss',
  name => {
    expect(refusal(() => classifyLines([`${name}: yes`])).message).toBe(
      `Not sent: "${name.toLowerCase()}" in the header looks like the mark "X-Kuvert". Correct it, or remove it.`,
    )
    expect(classifyLines([`${name}: yes`], { nearMisses: false }).marked).toBe(false)
    expect(classifyLines([`${name}: yes`], { nearMissExceptions: [name] }).marked).toBe(false)
  },
)

test.each(['X-Mailer', 'X-Priority', 'X-Covert', 'X-Culvert', 'X-Kuvertering', 'Sensitivity', 'X'])(
  'the header %s is another one',
  name => {
    expect(classifyLines([`${name}: yes`]).marked).toBe(false)
  },
)

test.each([
  [['From: anna@example.org', ' X-Kuvert: yes']],
  [['Subject: Hello', '\tx-kuvert : max=1']],
  [['Subject: X-Kuvert: yes']],
])('a mark that became part of another field is refused: %j', lines => {
  expect(refusal(() => classifyLines(lines)).code).toBe('MARK_UNREADABLE')
})

test('a signature may list the header among the fields that it signs', () => {
  const lines = ['DKIM-Signature: v=1; h=from:', ' x-kuvert:subject; b=abc', 'Subject: Hello']
  expect(classifyLines(lines).marked).toBe(false)
})

test('the admin may call the header something else', () => {
  const settings = { header: 'X-Seal' }
  expect(marked(classifyLines(['X-Seal: max=1'], settings))).toMatchObject({ removeFields: ['x-seal'] })
  expect(classifyLines(['X-Kuvert: yes'], settings).marked).toBe(false)
  expect(classifySubject('[secure] Hello', settings)).toMatchObject({ removeFields: ['x-seal'] })
})
