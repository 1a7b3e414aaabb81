import { expect, test } from 'vitest'
import { matchesAddress } from '#mail/address-pattern.ts'
import { classify } from '#gateway/classify/classify.ts'
import { classifyLines, configured, inDays, mail, marked, now } from '../../support/arrive.ts'

const sensitivity = { header: { name: 'Sensitivity', pattern: 'company-confidential' }, options: { private: true } }

test('a header that matches a rule marks the mail, and copies do not carry it', () => {
  const lines = ['Subject: Hello', 'Sensitivity: Company-Confidential']
  const result = marked(classifyLines(lines, { rules: [sensitivity] }))
  expect(result).toMatchObject({ subject: 'Hello', changedSubject: null, removeFields: ['x-kuvert', 'sensitivity'] })
  expect(result.options).toMatchObject({ private: true, login: 'recipients' })
  expect(result.origins).toMatchObject({ private: 'rule 1', login: 'default' })
})

test.each([
  [['Sensitivity: Personal']],
  [['X-Sensitivity: Company-Confidential']],
  [['Subject: Company-Confidential']],
])('%j does not match the rule', lines => {
  expect(classifyLines(lines, { rules: [sensitivity] }).marked).toBe(false)
})

test('a pattern sees the decoded value, any of several fields, and all of a long one', () => {
  const rules = [{ header: { name: 'msip_labels', pattern: 'hemlighetsstämplad' } }]
  expect(classifyLines(['msip_labels: =?utf-8?Q?HEMLIGHETSST=C3=84MPLAD?='], { rules }).marked).toBe(true)
  expect(classifyLines(['msip_labels: öppen', 'msip_labels: hemlighetsstämplad'], { rules }).marked).toBe(true)
  for (const before of [4000, 4090, 50_000])
    expect(classifyLines([`msip_labels: ${'x'.repeat(before)} hemlighetsstämplad`], { rules }).marked).toBe(true)
})

test('a header without a pattern must say something', () => {
  const rules = [{ header: { name: 'X-Confidential' } }]
  expect(classifyLines(['X-Confidential: 1'], { rules }).marked).toBe(true)
  expect(classifyLines(['X-Confidential:'], { rules }).marked).toBe(false)
})

test('a rule never removes what a mail is nothing without', () => {
  for (const name of ['Subject', 'From', 'Content-Type'])
    expect(classifyLines([`${name}: x`], { rules: [{ header: { name } }] })).toMatchObject({
      removeFields: ['x-kuvert'],
    })
})

test.each([
  [{ sender: 'anna@example.org' }, true],
  [{ sender: '*@EXAMPLE.org' }, true],
  [{ sender: '*@example.com' }, false],
  [{ recipient: '*@partner.example' }, true],
  [{ recipient: 'eva@*' }, true],
  [{ recipient: '*@example.com' }, false],
  [{ sender: 'anna@*', recipient: 'eva@*' }, true],
  [{ sender: 'bo@*', recipient: 'eva@*' }, false],
  [{ largerThan: 999 }, true],
  [{ largerThan: 1000 }, false],
  [{ sender: 'anna@*', recipient: 'eva@*', largerThan: 999, header: { name: 'subject' } }, true],
  [{ sender: 'anna@*', recipient: 'eva@*', largerThan: 999, header: { name: 'cc' } }, false],
])('all conditions of a rule must hold: %j', (rule, expected) => {
  expect(classifyLines(['Subject: Hello'], { rules: [rule] }).marked).toBe(expected)
})

test.each([
  ['*', '', true],
  ['*', 'anna@example.org', true],
  ['', '', true],
  ['', 'anna@example.org', false],
  ['*@example.org', 'anna@example.org.', true],
  ['*@example.org', 'anna@sub.example.org', false],
  ['*@*.example.org', 'anna@sub.example.org', true],
  ['*example.org', 'anna@notexample.org', true],
  ['a*a@example.org', 'anna@example.org', true],
  ['a*a@example.org', 'a@example.org', false],
  ['*@bücher.example', 'anna@xn--bcher-kva.example', true],
  ['*@xn--bcher-kva.example', 'anna@BÜCHER.example', true],
  ['a.na@example.org', 'anna@example.org', false],
  ['*a*b*c*', 'xaxbxcx', true],
  ['*a*b*c*', 'cba', false],
])('the pattern %s and the address <%s>: %s', (pattern, address, expected) => {
  expect(matchesAddress(pattern, address)).toBe(expected)
})

test('the first rule that matches counts', () => {
  const rules = [
    { sender: '*@example.com', options: { max: 1 } },
    { recipient: '*', options: { max: 2 } },
    { sender: '*', options: { max: 3, private: true } },
  ]
  const result = marked(classifyLines(['Subject: Hello'], { rules }))
  expect(result).toMatchObject({ options: { max: 2, private: false }, origins: { max: 'rule 2' } })
})

test('header, subject, rule and defaults count in this order', () => {
  const options = { login: 'none', max: 9, private: true, expiresDays: 9, receipt: false, lang: 'en' }
  const settings = { rules: [{ sender: '*', options }], defaults: { max: 8, lang: 'sv' } }
  const lines = ['Subject: [secure, max 2, 5 days] Hello', 'X-Kuvert: max=1']
  const result = marked(classifyLines(lines, settings))
  expect(result.options).toEqual({ ...options, max: 1, expiresAt: inDays(5), expiresDays: undefined })
  expect(result.origins).toEqual({
    login: 'rule 1',
    max: 'header',
    private: 'rule 1',
    expiresAt: 'subject',
    receipt: 'rule 1',
    lang: 'rule 1',
  })
})

test('a header that says no does not cancel a rule', () => {
  expect(classifyLines(['X-Kuvert: no'], { rules: [{ sender: '*' }] }).marked).toBe(true)
})

test("the admin's defaults count where nothing else is said", () => {
  const defaults = { login: 'locals', max: 5, private: true, expiresDays: 10, receipt: false, lang: 'en' }
  const { options } = marked(classifyLines(['Subject: [secure] Hello'], { defaults }))
  expect(options).toEqual({ ...defaults, expiresAt: inDays(10), expiresDays: undefined })
  expect(marked(classifyLines(['Subject: [secure, max=unlimited] x'], { defaults })).options.max).toBe(null)
})

test('a rule by size is decided when enough of the mail has been seen', () => {
  const settings = configured({ rules: [{ largerThan: 5000, options: { max: 1 } }] })
  const at = (sizeBytes: number, complete: boolean) =>
    classify(settings, mail(['Subject: Hello'], { sizeBytes, complete }), now)
  expect(at(100, false)).toEqual({ marked: false, decideAtBytes: 5000 })
  expect(at(5000, false)).toEqual({ marked: false, decideAtBytes: 5000 })
  expect(at(5001, false)).toMatchObject({ marked: true, options: { max: 1 } })
  expect(at(5000, true)).toEqual({ marked: false, decideAtBytes: null })
  expect(at(5001, true)).toMatchObject({ marked: true, options: { max: 1 } })
})

test('a size that cannot matter is not waited for', () => {
  const rules = [
    { sender: 'bo@*', largerThan: 100 },
    { sender: 'anna@*', options: { max: 2 } },
    { largerThan: 9000, options: { max: 3 } },
  ]
  const arrived = mail(['Subject: Hello'], { sizeBytes: 50, complete: false })
  expect(classify(configured({ rules }), arrived, now)).toMatchObject({ marked: true, options: { max: 2 } })
  expect(classify(configured({ rules: rules.slice(0, 1) }), arrived, now)).toEqual({
    marked: false,
    decideAtBytes: null,
  })
})

test('a marked mail whose options a rule by size may still change is not decided before its size is known', () => {
  const settings = configured({ rules: [{ largerThan: 5000, options: { private: true } }, { sender: '*' }] })
  const at = (sizeBytes: number, complete: boolean) =>
    classify(settings, mail(['Subject: [secure] Hello'], { sizeBytes, complete }), now)
  expect(at(100, false)).toEqual({ marked: false, decideAtBytes: 5000 })
  expect(at(100, true)).toMatchObject({ marked: true, options: { private: false } })
  expect(at(6000, false)).toMatchObject({ marked: true, options: { private: true } })
})
