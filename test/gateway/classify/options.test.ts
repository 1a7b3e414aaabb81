import { expect, test } from 'vitest'
import { classifySubject, inDays, marked, refusal } from '../../support/arrive.ts'

const asked = (options: string) => marked(classifySubject(`[secure${options}] Hello`)).options
const refused = (options: string) => refusal(() => classifySubject(`[secure${options}] Hello`))

test('a mark without options asks for the defaults', () => {
  expect(asked('')).toEqual({
    login: 'recipients',
    max: null,
    private: false,
    expiresAt: inDays(30),
    receipt: true,
    lang: 'sv',
  })
})

const recipients = ['recipients', 'recipient', 'recipients only', 'Only Recipients', 'mottagare', 'mottagarna']
const alsoRecipients = ['endast mottagare', 'bara mottagare', 'endast mottagarna', 'bara mottagarna']
const locals = ['locals', 'local', 'lokala', 'recipients + locals', 'recipients+locals', 'recipients and locals']
const alsoLocals = ['mottagare + lokala', 'mottagare+lokala', 'mottagare och lokala', 'locals + recipients']
const nobody = ['open', 'öppen', 'oppen', 'ÖPPET', 'no login', 'without login', 'utan inloggning', 'ingen inloggning']

test.each([
  ...[...recipients, ...alsoRecipients].map(words => [words, 'recipients']),
  ...[...locals, ...alsoLocals].map(words => [words, 'locals']),
  ...nobody.map(words => [words, 'none']),
])('%s: who may open is %s, with and without a key', (words, login) => {
  for (const key of ['', 'login=', 'auth = ', 'inloggning: ', 'Login '])
    expect(asked(` ${key}${words}`).login).toBe(login)
})

test.each([
  [' login=none', 'none'],
  [' auth none', 'none'],
  [' inloggning=ingen', 'none'],
  [' login=no', 'none'],
  [' inloggning=nej', 'none'],
])('[secure%s]: who may open is %s', (options, login) => {
  expect(asked(options).login).toBe(login)
})

test.each([
  [' max=1', 1],
  [' max 1', 1],
  [' max:1', 1],
  [' max = 1', 1],
  [' MAX=1', 1],
  [' max="1"', 1],
  [' max＝１', 1],
  [', antal=2', 2],
  ['; limit=3', 3],
  [': antal 2', 2],
  [' max=1000', 1000],
  [' max=007', 7],
  [' max=unlimited', null],
  [' max unlimited', null],
  [' max=obegränsat', null],
  [' antal=obegransad', null],
])('[secure%s]: downloads per recipient are %s', (options, max) => {
  expect(asked(options).max).toBe(max)
})

test.each([
  [' private', true],
  [' PRIVAT', true],
  [' private=yes', true],
  [' privat=ja', true],
  [' private on', true],
  [' privat=på', true],
  [' private=no', false],
  [' privat nej', false],
  [' private=off', false],
  [' privat=av', false],
  [' not private', false],
  [' inte privat', false],
  [' ej privat', false],
])('[secure%s]: private is %s', (options, isPrivate) => {
  expect(asked(options).private).toBe(isPrivate)
})

test.each([
  [' receipt=no', false],
  [' kvitto=nej', false],
  [' receipt off', false],
  [' kvitto av', false],
  [' no receipt', false],
  [' without receipt', false],
  [' utan kvitto', false],
  [' inget kvitto', false],
  [' receipt', true],
  [' kvitto', true],
  [' receipt=yes', true],
  [' kvitto=ja', true],
])('[secure%s]: the sender is told: %s', (options, receipt) => {
  expect(asked(options).receipt).toBe(receipt)
})

test.each([
  [' lang=sv', 'sv'],
  [' lang=en', 'en'],
  [' språk=en', 'en'],
  [' sprak en', 'en'],
  [' language english', 'en'],
  [' språk=engelska', 'en'],
  [' lang=svenska', 'sv'],
])('[secure%s]: the language is %s', (options, lang) => {
  expect(asked(options).lang).toBe(lang)
})

const week = ['expires=7d', 'expires 7d', 'expires=7 days', 'expires in 7 days', 'expires after 7 days', 'expire=7d']
const vecka = ['giltig=7d', 'giltig 7 dagar', 'giltig i 7 dagar', 'giltigt=7 dygn', 'giltig=1 vecka', 'giltig=1v']
const bare = ['7 dagar', '7 days', '7d', '7dagar', '1 week', '1w', '1 vecka', 'Expires=7D', 'expiry: 7 d']

test.each([...week, ...vecka, ...bare])('[secure, %s] expires in 7 days', words => {
  expect(asked(`, ${words}`).expiresAt).toEqual(inDays(7))
})

test('one day, two weeks, 180 days', () => {
  expect(asked(' 1 dag').expiresAt).toEqual(inDays(1))
  expect(asked(' 2 veckor').expiresAt).toEqual(inDays(14))
  expect(asked(' expires=180d').expiresAt).toEqual(inDays(180))
})

test.each([
  'expires=2026-12-31',
  'giltig till 2026-12-31',
  'giltig t.o.m. 2026-12-31',
  'expires until 2026-12-31',
  '2026-12-31',
])('[secure %s] expires when that day ends here', words => {
  expect(asked(` ${words}`).expiresAt).toEqual(new Date(2026, 11, 31, 23, 59, 59))
})

test('today is a day on which a message can expire', () => {
  expect(asked(' expires=2026-11-24').expiresAt).toEqual(new Date(2026, 10, 24, 23, 59, 59))
})

test.each([
  [': login=locals, expires=14d', { login: 'locals', expiresAt: inDays(14) }],
  [' open max=3', { login: 'none', max: 3 }],
  [', max 1, privat', { max: 1, private: true }],
  ['; max=1; private; kvitto=nej; lang=en', { max: 1, private: true, receipt: false, lang: 'en' }],
  [' private no login', { private: true, login: 'none' }],
  [' privat utan inloggning', { private: true, login: 'none' }],
  [' receipt no login', { receipt: true, login: 'none' }],
  [' private no receipt', { private: true, receipt: false }],
  [' private no max 1', { private: false, max: 1 }],
  [' max 1 7 dagar privat', { max: 1, expiresAt: inDays(7), private: true }],
  [' giltig i 7 dagar privat max 1', { expiresAt: inDays(7), private: true, max: 1 }],
  [' recipients + locals max 2', { login: 'locals', max: 2 }],
  [',,; max=1 ;,', { max: 1 }],
  [' max=1, max 1, antal=1', { max: 1 }],
  [' expires=7d 1 vecka', { expiresAt: inDays(7) }],
])('[secure%s] asks for all of it', (options, expected) => {
  expect(asked(options)).toMatchObject(expected)
})

test.each([
  [' max=1 max=2', 'max=1', 'max=2'],
  [' private, private=no', 'private', 'private=no'],
  [' recipients, locals', 'recipients', 'locals'],
  [' open login=recipients', 'open', 'login=recipients'],
  [' 7 dagar expires=8d', '7 dagar', 'expires=8d'],
  [' Max=1 Antal 2', 'Max=1', 'Antal 2'],
])('[secure%s] contradicts itself', (options, first, second) => {
  expect(refused(options).message).toBe(
    `Not sent: the options "${first}" and "${second}" in the subject contradict each other. Write only one of them, as in [secure, ${first}]`,
  )
})

test.each([
  [' pricate', 'pricate', 'Did you mean "private"?'],
  [' privta', 'privta', 'Did you mean "private"?'],
  [' mottagre', 'mottagre', 'Did you mean "mottagare"?'],
  [' expires7=7d', 'expires7=7d', 'Did you mean "expires"?'],
  [' Maxx=1', 'Maxx=1', 'Did you mean "max"?'],
  [' boot', 'boot', 'The options are login, max, private, expires, receipt and lang.'],
  [' max', 'max', 'Write max and a whole number, as in max=3, or max=unlimited.'],
  [' max=', 'max=', 'Write max and a whole number, as in max=3, or max=unlimited.'],
  [' max=one', 'max=one', 'Write max and a whole number, as in max=3, or max=unlimited.'],
  [' max=1st', 'max=1st', 'Write max and a whole number, as in max=3, or max=unlimited.'],
  [' login', 'login', 'Write login=recipients, login=locals or login=none.'],
  [' login=everybody', 'login=everybody', 'Write login=recipients, login=locals or login=none.'],
  [' private=maybe', 'private=maybe', 'Write private, or private=no.'],
  [' receipt=2', 'receipt=2', 'Write receipt=yes or receipt=no.'],
  [' lang=de', 'lang=de', 'Write lang=sv or lang=en.'],
  [' expires=7', 'expires=7', 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.'],
  [' expires=31/12', 'expires=31/12', 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.'],
  [' expires=24h', 'expires=24h', 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.'],
  [' max 3 dagar', 'dagar', 'The options are login, max, private, expires, receipt and lang.'],
  [' 3', '3', 'Write max=3 for three downloads, or expires=3d for three days.'],
  ['=yes', '=', 'The options are login, max, private, expires, receipt and lang.'],
  [' constructor', 'constructor', 'The options are login, max, private, expires, receipt and lang.'],
  [' __proto__=1', '__proto__=1', 'The options are login, max, private, expires, receipt and lang.'],
])('[secure%s]: %s is not known; %s', (options, option, hint) => {
  const { code, details, message } = refused(options)
  expect([code, details]).toMatchObject(['OPTION_UNKNOWN', { option, where: 'the subject' }])
  expect(message).toBe(
    `Not sent: Kuvert does not know the option "${option}" in the subject. ${hint} Example: ${details['example']}`,
  )
  expect(classifySubject(`${details['example']} Hello`).marked).toBe(true)
})

const downloads = 'a whole number from 1 to 1000'
const duration = 'a whole number of days, at least 1'

test.each([
  ['max=0', downloads],
  ['max=-1', downloads],
  ['max=1.5', downloads],
  ['max=1001', downloads],
  ['max=99999999999', downloads],
  [`max=${'9'.repeat(40)}`, downloads],
  ['expires=0d', duration],
  ['expires=-7d', duration],
  ['expires=1.5 days', duration],
  ['expires=2026-02-30', 'there is no such day'],
  ['expires=2026-13-01', 'there is no such day'],
  ['expires=2026-11-23', 'a day from today on'],
  ['expires=0001-01-01', 'a day from today on'],
  ['expires=181d', 'at most 180 days, that is 2027-05-23'],
  ['expires=26 weeks', 'at most 180 days, that is 2027-05-23'],
  [`expires=${'9'.repeat(40)}d`, 'at most 180 days, that is 2027-05-23'],
  ['expires=2027-05-24', 'at most 180 days, that is 2027-05-23'],
  ['expires=9999-12-31', 'at most 180 days, that is 2027-05-23'],
])('[secure %s] is outside of: %s', (option, bounds) => {
  expect(refused(` ${option}`).message).toBe(
    `Not sent: "${option}" in the subject is outside of what is allowed here: ${bounds}.`,
  )
})

test('the last day that the sentence names is allowed', () => {
  expect(asked(' expires=2027-05-23').expiresAt).toEqual(new Date(2027, 4, 23, 23, 59, 59))
})

test('what a sender wrote is quoted on one line, shortened, and without what cannot be seen', () => {
  const { details, message } = refused(` \u202egn\u0000ol${'\u200bx'.repeat(500)}`)
  expect(details['option']).toBe('gn')
  expect(refused(` ${'å'.repeat(500)}`).details['option']).toBe(`${'å'.repeat(57)}...`)
  expect(refused(` ${'🔒'.repeat(500)}`).details['option']).toBe(`${'🔒'.repeat(57)}...`)
  expect(message).toMatch(/^[\x20-\x7e]*$/)
})
