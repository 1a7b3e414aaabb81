import { expect, test } from 'vitest'
import { classifyLines, classifySubject, inDays, marked, refusal } from '../../support/arrive.ts'

const bounds = (bound: object, options: string, others: object = {}) =>
  classifySubject(`[secure${options}] Hello`, { bounds: [bound], ...others })

test.each([
  [{ login: ['recipients'] }, 'login=none', 'login=recipients'],
  [{ login: ['locals', 'recipients'] }, 'open', 'login=recipients or login=locals'],
  [{ maxAtMost: 5 }, 'max=6', 'at most max=5'],
  [{ maxAtMost: 5 }, 'max=unlimited', 'at most max=5'],
  [{ expiresAtMostDays: 10 }, 'expires=11d', 'at most 10 days, that is 2026-12-04'],
  [{ expiresAtMostDays: 10 }, 'expires=2026-12-05', 'at most 10 days, that is 2026-12-04'],
])('within %j, a sender who writes %s hears: %s', (bound, option, allowed) => {
  const { code, message } = refusal(() => bounds(bound, ` ${option}`))
  expect(code).toBe('OPTION_OUT_OF_BOUNDS')
  expect(message).toBe(`Not sent: "${option}" in the subject is outside of what is allowed here: ${allowed}.`)
})

test('what is within the bounds may be chosen', () => {
  const bound = { login: ['recipients', 'locals'], maxAtMost: 5, expiresAtMostDays: 10, private: true }
  const result = marked(bounds(bound, ' locals max=5 expires=2026-12-04 private'))
  expect(result.options).toMatchObject({ login: 'locals', max: 5, private: true })
  expect(result.options.expiresAt).toEqual(new Date(2026, 11, 4, 23, 59, 59))
  expect(new Set(Object.values(result.origins))).toEqual(new Set(['subject', 'default']))
})

test.each([
  [{ private: true }, 'private=no', 'private=yes'],
  [{ private: false }, 'privat', 'private=no'],
  [{ locked: ['login'] }, 'login=none', 'login=recipients'],
  [{ locked: ['max'] }, 'max=3', 'max=unlimited'],
  [{ locked: ['expires'] }, 'expires=31d', 'expires=30d'],
  [{ locked: ['expires'] }, 'expires=2026-12-24', 'expires=30d'],
  [{ locked: ['receipt'] }, 'kvitto=nej', 'receipt=yes'],
  [{ locked: ['lang'] }, 'lang=en', 'lang=sv'],
  [{ locked: ['private'] }, 'private', 'private=no'],
])('with %j, a sender who writes %s hears that it is always %s', (bound, option, locked) => {
  const { code, message } = refusal(() => bounds(bound, ` ${option}`))
  expect(code).toBe('OPTION_LOCKED')
  expect(message).toBe(`Not sent: "${option}" in the subject cannot be chosen here; it is always ${locked}.`)
})

test('a locked option may be written as it is', () => {
  const locked = ['login', 'max', 'private', 'expires', 'receipt', 'lang']
  const same = ' recipients, max=unlimited, private=no, expires=30d, receipt=yes, lang=sv'
  expect(marked(bounds({ locked }, same)).options.expiresAt).toEqual(inDays(30))
})

test('a locked option is what the rule says, where one matches', () => {
  const rules = [{ sender: '*', options: { max: 3 } }]
  expect(marked(bounds({ locked: ['max'] }, ' max=3', { rules })).options.max).toBe(3)
  expect(refusal(() => bounds({ locked: ['max'] }, ' max=4', { rules })).message).toContain('always max=3')
})

test('the header is held to the bounds as the subject is, and the sentence names it', () => {
  const lines = ['Subject: [secure, max 1] Hello', 'X-Kuvert: max=9']
  expect(refusal(() => classifyLines(lines, { bounds: [{ maxAtMost: 5 }] })).details['where']).toBe(
    'the header X-Kuvert',
  )
})

test('defaults and rules are brought within the bounds without a word', () => {
  const defaults = { login: 'none', max: null, private: false, expiresDays: 100 }
  const bound = { login: ['recipients', 'locals'], maxAtMost: 5, private: true, expiresAtMostDays: 10 }
  const result = marked(bounds(bound, '', { defaults }))
  expect(result.options).toMatchObject({ login: 'locals', max: 5, private: true, expiresAt: inDays(10) })
  expect(result.origins).toMatchObject({
    login: 'bound 1',
    max: 'bound 1',
    private: 'bound 1',
    expiresAt: 'bound 1',
    receipt: 'default',
  })
})

test.each([
  ['none', ['recipients'], 'recipients'],
  ['none', ['locals'], 'locals'],
  ['locals', ['recipients', 'none'], 'recipients'],
  ['recipients', ['none', 'locals'], 'locals'],
  ['recipients', ['none'], 'none'],
])('login %s is brought within %j as %s', (wanted, login, settled) => {
  expect(marked(bounds({ login }, '', { defaults: { login: wanted } })).options.login).toBe(settled)
})

test('several bounds add up, the strictest counts', () => {
  const settings = {
    defaults: { login: 'none', max: 50, expiresDays: 50 },
    bounds: [
      { login: ['none', 'locals'], maxAtMost: 10, expiresAtMostDays: 5, private: true },
      { login: ['recipients', 'locals'], maxAtMost: 5, expiresAtMostDays: 10, private: false },
      { sender: '*@example.com', maxAtMost: 1 },
      { recipient: '*@example.com', maxAtMost: 1, locked: ['lang'] },
    ],
  }
  const result = marked(classifySubject('[secure, lang=en] Hello', settings))
  expect(result.options).toMatchObject({ login: 'locals', max: 5, private: true, expiresAt: inDays(5), lang: 'en' })
  expect(result.origins).toMatchObject({ max: 'bound 2', expiresAt: 'bound 1', private: 'bound 1' })
})

test('levels that exclude each other leave the strictest', () => {
  const settings = { bounds: [{ login: ['none'] }, { login: ['recipients'] }] }
  expect(marked(classifySubject('[secure] Hello', settings)).options.login).toBe('recipients')
  expect(refusal(() => classifySubject('[secure open] Hello', settings)).code).toBe('OPTION_OUT_OF_BOUNDS')
})

test('one recipient that a bound names is enough', () => {
  const bound = { recipient: 'eva@partner.example', maxAtMost: 1 }
  expect(marked(bounds(bound, '')).options.max).toBe(1)
})

test('the longest expiry of all counts for defaults as well', () => {
  const result = marked(classifySubject('[secure] Hello', { expiresAtMostDays: 7 }))
  expect(result.options.expiresAt).toEqual(inDays(7))
  expect(result.origins.expiresAt).toBe('expiresAtMostDays')
  expect(refusal(() => classifySubject('[secure 8 dagar] Hello', { expiresAtMostDays: 7 })).code).toBe(
    'OPTION_OUT_OF_BOUNDS',
  )
})
