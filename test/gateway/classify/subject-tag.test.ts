import { expect, test } from 'vitest'
import { classify } from '#gateway/classify/classify.ts'
import { classifyLines, classifySubject, configured, mail, marked, now, refusal } from '../../support/arrive.ts'

test.each([
  ['[secure] Hello', 'Hello'],
  ['[säker] Hej', 'Hej'],
  ['[säkert] Hej', 'Hej'],
  ['[SECURE] Hello', 'Hello'],
  ['[SÄKER] Hej', 'Hej'],
  ['[Säker]Hej', 'Hej'],
  ['[  secure  ]   Hello', 'Hello'],
  ['[\u00a0secure\u00a0]\u00a0Hello', 'Hello'],
  ['[sa\u0308ker] Hej', 'Hej'],
  ['[se\u00adcu\u200bre] Hello', 'Hello'],
  ['\ufeff\u200e[secure] Hello', 'Hello'],
  ['[ｓｅｃｕｒｅ] Hello', 'Hello'],
  ['[secure', null],
  ['Hello [secure]', 'Hello'],
  ['Hello[secure]', 'Hello'],
  ['Hello [secure].', 'Hello.'],
  ['Hello [secure]!', 'Hello!'],
  ['Hello. [secure]  ', 'Hello.'],
  ['[secure]', ''],
  ['[secure]: Hello', 'Hello'],
  ['[secure] - Hello', 'Hello'],
  ['[secure,] Hello', 'Hello'],
  ['[secure:] Hello', 'Hello'],
  ['[secure] Hello [secure]', 'Hello'],
  ['[secure] [säker] Hello', 'Hello'],
  ['Re: [secure] Hello', 'Re: Hello'],
  ['Re:[secure]Hello', 'Re: Hello'],
  ['[secure] Re: Hello', 'Re: Hello'],
  ['RE: SV: Fw: Fwd: VB: Aw: [säker] Hej', 'RE: SV: Fw: Fwd: VB: Aw: Hej'],
  ['Re[2]: [secure] Hello', 'Re[2]: Hello'],
  ['Re (3) : [secure] Hello', 'Re (3) : Hello'],
  ['Sv： [säker] Hej', 'Sv： Hej'],
  ['[LIST] [secure] Hello', '[LIST] Hello'],
  ['[EXTERNAL]: Re: [secure] Hello', '[EXTERNAL]: Re: Hello'],
  ['[secure] [LIST] Hello', '[LIST] Hello'],
  ['Hello [secure] [ticket 12]', 'Hello [ticket 12]'],
  ['Hello [ticket 12] [secure]', 'Hello [ticket 12]'],
  ['Sv: Hej [säker, max 1]', 'Sv: Hej'],
  ['=?utf-8?Q?[s=C3=A4ker]_Hej_d=C3=A5?=', 'Hej då'],
  ['=?iso-8859-1?Q?[s=E4ker]?= Hej', 'Hej'],
  ['=?utf-8?B?W3NlY3VyZV0=?= Hello', 'Hello'],
  ['=?utf-8?Q?[s=C3?= =?utf-8?Q?=A4ker]?= Hej', 'Hej'],
  ['=?utf-16?B?AFsAcwBlAGMAdQByAGUAXQ==?=', ''],
])('%s is marked, and becomes: %s', (subject, rest) => {
  if (rest === null) return expect(refusal(() => classifySubject(subject)).code).toBe('MARK_NEARLY')
  const result = marked(classifySubject(subject))
  expect(result.changedSubject).toBe(rest)
  expect(result.subject).toBe(rest)
  expect(result.removeFields).toEqual(['x-kuvert'])
})

test('a folded subject and one in raw windows-1252 are read like any other', () => {
  expect(marked(classifyLines(['Subject: [secure,', '\tmax 1] Hello'])).options.max).toBe(1)
  const latin = mail([])
  latin.fields = [{ name: 'subject', range: { start: 0, end: 1 }, value: '[s\xe4ker] Hej' }]
  expect(marked(classify(configured(), latin, now)).subject).toBe('Hej')
})

test('a subject of which a letter is spoiled is marked like any other, and loses that letter alone', () => {
  const read = (value: string) => {
    const arrived = mail([])
    arrived.fields = [{ name: 'subject', range: { start: 0, end: 1 }, value }]
    return marked(classify(configured(), arrived, now)).subject
  }
  const raw = (text: string) => Buffer.from(text).toString('latin1')
  expect(read(`${raw('[säker] Årsbokslut för mån')}\xc3`)).toBe('Årsbokslut för mån\ufffd')
  expect(read(`${raw('[säker] Årsbokslut f')}\xf6r`)).toBe('Årsbokslut f\ufffdr')
  expect(read('=?iso-8859-1?Q?[s\xe4ker]_R=E4ksm\xf6rg=E5s?=')).toBe('Räksmörgås')
  expect(read(`=?utf-8?Q?[s${raw('ä')}ker]_r=C3=A4k\xe4?=`)).toBe('räk\ufffd')
})

test.each([
  'Hello',
  '',
  'secure',
  'Is it secure [or not]?',
  'How [in]secure',
  '[Ny] säker inloggning [test]',
  'Hello [not secure]',
  '[How secure is it] Hello',
  '[private] Hello',
  'Möte (saker att ta med)',
  '(secure connection) fails',
  '/secure/login fails',
  '8 saker du kan göra 9',
  '[] Hello',
  '[[]] Hello',
  ']][[',
])('%s is not marked', subject => {
  expect(classifySubject(subject)).toEqual({ marked: false, decideAtBytes: null })
})

test('a mail without a subject is not marked', () => {
  expect(classifyLines(['From: anna@example.org'])).toEqual({ marked: false, decideAtBytes: null })
})

test.each([
  ['Hello [secure] you', '[secure]'],
  ['Re: Hello [secure, max 1] you', '[secure, max 1]'],
  ['"[secure]" Hello', '[secure]'],
  ['Hello [secure] /Anna', '[secure]'],
  ['[secure] one [säker] two', '[säker]'],
  ['[[secure]] Hello', '[secure]'],
  ['=?utf-8?X?[secure]?=', '[secure]'],
])('the mark in the middle of %s is refused with a word on where to put it', (subject, found) => {
  expect(refusal(() => classifySubject(subject)).message).toBe(
    `Not sent: the mark "${found}" stands in the middle of the subject. Put it first or last.`,
  )
})

test.each([
  ['[secure] [max 1] Hello', '[max 1]'],
  ['[private] [secure] Hello', '[private]'],
  ['Hello [secure][open]', '[open]'],
  ['[LIST] [secure] [max 1] Hello', '[max 1]'],
  ['[LIST] [TEST] [secure] [max 1] Hello', '[max 1]'],
  ['[secure] Hello [open] [säker]', '[open]'],
])('options in brackets of their own are refused: %s', (subject, option) => {
  const { code, details } = refusal(() => classifySubject(subject))
  expect([code, details['option']]).toEqual(['OPTION_UNKNOWN', option])
})

test('two tags add up, and may not contradict each other', () => {
  expect(marked(classifySubject('[secure, max 1] Hello [säker, privat]')).options).toMatchObject({
    max: 1,
    private: true,
  })
  expect(refusal(() => classifySubject('[secure, max 1] Hello [secure, max 2]')).code).toBe('OPTION_CONTRADICTS')
})

test.each([
  [['Subject: [secure] Hello', 'Subject: Hello']],
  [['Subject: Hello', 'Subject: Hello [secure]']],
  [['Subject: [secure] Hello', 'Subject: [secure] Hello']],
])('a mark in one of several subjects is refused: %j', lines => {
  expect(refusal(() => classifyLines(lines)).code).toBe('MARK_UNREADABLE')
})

test('several subjects without a mark are not ours', () => {
  expect(classifyLines(['Subject: one', 'Subject: two']).marked).toBe(false)
})

test.each([
  '=?utf-8?Q?=5Bsecure=5D_Hello',
  '=?utf-8?B?W3NlY3VyZV0gSGVsbG8=',
  'a =?unknown?Y?=5Bsecure=5D_Hello?=',
  '=?utf-7?Q?+AFs-secure+AF0-?= Hello',
  '=?utf-7?Q?[s+AOQ-ker]?= Hej',
  '%5Bsecure%5D%20Hello',
  '%5Bs%C3%A4ker%5D%20Hej',
  '&#91;secure&#93; Hello',
  '[s&auml;ker] Hej',
  '[s&#228;ker] Hej',
  '[s&#xE4;ker] Hej',
  '[s\\u00e4ker] Hej',
  '[s=C3=A4ker] Hej',
])('a mark that only a lenient client would show is refused: %s', subject => {
  expect(refusal(() => classifySubject(subject)).code).toBe('MARK_UNREADABLE')
})

test.each([
  '[sec\u0000ure] Hello',
  '=?iso-8859-1?Q?[s=C3=A4ker]?= Hej',
  '=?us-ascii?Q?[s=C3=A4ker]?= Hej',
  '=?utf-8?Q?[s=E4ker]?= Hej',
  '=?bogus?Q?[s=E4ker]?= Hej',
  '[s?ker] Hej',
  '[s{ker] Hej',
  '[sÃ¤ker] Hej',
])('a mark that was garbled on its way is refused: %s', subject => {
  expect(refusal(() => classifySubject(subject)).code).toMatch(/^MARK_/)
})

test('of a keyword and other letters in UTF-8 and windows-1252, the bad letter is the one that counts', () => {
  const mixed = mail([])
  mixed.fields = [{ name: 'subject', range: { start: 0, end: 1 }, value: '[s\xc3\xa4ker] H\xe4lsning' }]
  expect(marked(classify(configured(), mixed, now)).subject).toBe('H\ufffdlsning')
  mixed.fields[0]!.value = '[s\xe4ker] H\xc3\xa4lsning'
  expect(refusal(() => classify(configured(), mixed, now)).code).toBe('MARK_NEARLY')
})

test('words that are decoded but not a mark leave the mail alone', () => {
  for (const subject of ['100%25 =?utf-8?Q?s=C3=A4kert?=', '=?utf-8?Q?trasig', 'a =?= b', '1+1=2 +AFs-', '%5B1%5D'])
    expect(classifySubject(subject).marked).toBe(false)
})

test("the admin's keywords replace the defaults", () => {
  const settings = { keywords: ['Skyddat', 'top-secret'] }
  expect(marked(classifySubject('[skyddat] Hej', settings)).subject).toBe('Hej')
  expect(marked(classifySubject('[Top-Secret, max 1] Hej', settings)).options.max).toBe(1)
  expect(classifySubject('[secure] Hello', settings).marked).toBe(false)
  expect(refusal(() => classifySubject('[skydat] Hej', settings)).details['meant']).toBe('[skyddat]')
})
