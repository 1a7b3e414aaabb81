import { expect, test } from 'vitest'
import { classify } from '#gateway/classify/classify.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import { classifyLines, configured, mail, now, refusal } from '../../support/arrive.ts'

const around = (lines: string[]) => ['From: anna@example.org', ...lines, 'Message-ID: <1@example.org>']

test.each([
  'X-Kuvert=yes',
  'X-Kuvert yes',
  'X-Kuvert',
  'X Kuvert: yes',
  'X\u2011Kuvert: yes',
  'X\u2013Kuvert: yes',
  'X\u2212Kuvert: yes',
  'X-Ku\u200bvert: yes',
  'X-Kuvert\u00a0: yes',
  'X-Kuvert\uff1a yes',
  'X-Kuvert\u2236 yes',
  'Х-Кuvеrt: yes',
  'Χ-Κυνεrτ: yes',
  '\ufeffX-Kuvert: yes',
  '\u0000X-Kuvert: yes',
  'X-Ku\u0000vert: yes',
  '> X-Kuvert: yes',
  'X-Kuvert=login:none',
  'Kuvert=yes',
  'X-Kuver yes',
  'Subject\u0000: [secure] Hello',
  'Subject\u00a0: [säker] Hej',
  'Subject\uff1a [secrue] Hello',
  'Subject [secure] Hello',
  'Subject=[secure] Hello',
  'Ѕubject: [secure] Hello',
  'Sub\u00adject: =?utf-8?Q?=5Bs=C3=A4ker=5D?= Hej',
  '\ufeffSubject: [secure] Hello',
  'Subjcet: [secure] Hello',
  'Sub-ject: [secure] Hello',
  'Ämne: [säker] Hej',
  'the rest of a subject [säker, max 1]',
  'the rest of a subject [ѕесurе]',
])('a mark on a line that is no header field is refused: %j', line => {
  for (const lines of [[line], around([line]), around(['no colon', ` ${line}`])])
    expect(refusal(() => classifyLines(lines)).code).toMatch(/^MARK_(UNREADABLE|NEARLY)$/)
})

test.each([' X-Kuvert: yes', ' Subject: [secure] Hello', '\tSubject: [secure] Hello'])(
  'a mark on a folded line is refused, first, below a malformed line and below a field: %j',
  line => {
    for (const lines of [[line], ['no colon', line], around([line]), ['X-Ours-Signature: abc', line]])
      expect(refusal(() => classifyLines(lines)).code).toBe('MARK_UNREADABLE')
  },
)

test.each([' X-Kuvert=yes', ' X-Kuvert yes', ' X\u2011Kuvert: yes', ' x-kuvert\u00a0: max=1', ' \u200bX-Kuvert: yes'])(
  'a mark that another field swallowed is refused in any form: %j',
  line => {
    expect(refusal(() => classifyLines(around([line]))).message).toContain('stands inside the header from')
  },
)

const letters = (text: string) => Buffer.from(text, 'latin1')

test('a line in windows-1252 is read as one', () => {
  for (const line of ['X-Kuvert\xa0: yes', '\xc4mne: [s\xe4ker] Hej', 'Subject \xa0: [s\xe4ker] Hej']) {
    const headerSection = letters(`From: a@example.org\r\n${line}\r\n\r\n`)
    const { fields } = readHeaderFields(headerSection)
    expect(refusal(() => classify(configured(), mail([], { headerSection, fields }), now)).code).toBe('MARK_UNREADABLE')
  }
})

test.each(['dkim-signature', 'arc-message-signature', 'domainkey-signature', 'X-Google-DKIM-Signature'])(
  '%s may list the header among the fields that it signs, and nowhere else',
  name => {
    const signed = (tags: string[]) => classifyLines(around([`${name}: v=1; a=rsa-sha256;`, ...tags]))
    expect(signed(['\th=from:', '\t x-kuvert:subject : X-Kuvert : to; b=abc']).marked).toBe(false)
    expect(classifyLines(around([`${name}: h=x-kuvert :`, ' x-kuvert : from; b=a'])).marked).toBe(false)
    expect(refusal(() => signed(['\tb=abc', ' X-Kuvert: yes'])).code).toBe('MARK_UNREADABLE')
    expect(refusal(() => signed(['\th=from; b=abc;', ' X-Kuvert: yes'])).code).toBe('MARK_UNREADABLE')
    expect(refusal(() => classifyLines(around([`x-ours-signature: h=`, ' x-kuvert: from']))).code).toBe(
      'MARK_UNREADABLE',
    )
  },
)

const rules = [{ header: { name: 'Sensitivity', pattern: '^company-confidential$' }, sender: '*@example.org' }]

test.each([
  'Sensitivity=Company-Confidential',
  'Sensitivity Company-Confidential',
  '\ufeffSensitivity: Company-Confidential',
  'Sen\u0000sitivity: company-confidential',
  ' Sensitivity: Company-Confidential',
])("a line that would be a rule's header is refused if the rule would hold: %j", line => {
  expect(refusal(() => classifyLines(around([line]), { rules })).code).toBe('MARK_UNREADABLE')
  expect(classifyLines(around([line])).marked).toBe(false)
  expect(classifyLines(around([line.replace(/[Cc]ompany/, 'my')]), { rules }).marked).toBe(false)
  const others = [{ ...rules[0]!, sender: '*@example.com' }]
  expect(classifyLines(around([line]), { rules: others }).marked).toBe(false)
})

test.each([
  ['no colon'],
  [' blank first'],
  ['From anna@example.org Mon Nov 24 12:00:00 2026'],
  ['>From nobody'],
  ['Subject of the day'],
  ['Subject\u0000: Hello [LIST]'],
  ['\ufeffSubject: Hello'],
  ['a line [with] brackets'],
  ['Kuvert i format C4 och C5'],
  ['Kuvert kan inte skickas'],
  ['Hur fungerar Kuvert?'],
  ['Subject: Prislista för', ' kuvert: C4, C5'],
  ['Subject: Frågor om', ' X-Kuvert och annat'],
  ['Subject: Allt om X-Kuvert-Version: 2'],
  ['Subject: Rubriker', ' Subject: hello'],
  ['X-Kuvert-Version: 2'],
  ['X-Spam-Report: * 0.5 SUBJ', ' Subject line is long'],
  ['Thread-Topic: [secure] Hello'],
  ['Resent-Subject: [secure] Hello'],
  ['X-Original-Subject: [secure] Hello'],
])('an odd line without a mark passes: %j', (...lines) => {
  expect(classifyLines(around(lines)).marked).toBe(false)
  expect(classifyLines(lines).marked).toBe(false)
})
