import { expect, test } from 'vitest'
import { Failure, type SmtpFailure } from '#failure.ts'
import { formatReply, replyFor } from '#gateway/accept/smtp-reply.ts'

import { classifySubject, failureOf } from '../../support/arrive.ts'

const unknown = () => failureOf(() => classifySubject('[säker, pricate] Hej'))
const said = (failure: SmtpFailure, language: 'sv' | 'en', letters: boolean) =>
  formatReply(replyFor(failure, { language, letters }))

test("a refusal is said in the organisation's language first, with its options and an example", () => {
  const swedish =
    'Inte skickat: Kuvert känner inte till valet "pricate" i ämnet. Menade du "privat"? Exempel: [säker, privat]'
  const english =
    'Not sent: Kuvert does not know the option "pricate" in the subject. Did you mean "private"? Example: [secure, private]'
  expect(said(unknown(), 'sv', true)).toBe(`550-5.7.0 ${swedish}\r\n550 5.7.0 ${english}\r\n`)
  expect(said(unknown(), 'en', true)).toBe(`550-5.7.0 ${english}\r\n550 5.7.0 ${swedish}\r\n`)
})

test('without SMTPUTF8 a reply is ASCII, and names no mark that would not be one', () => {
  expect(said(unknown(), 'sv', false)).toContain(
    '550-5.7.0 Inte skickat: Kuvert kanner inte till valet "pricate" i amnet.',
  )
  expect(said(unknown(), 'sv', false)).toContain('Exempel: [secure, privat]')
  for (const tag of ['[säkerr]', '[saker]', '[saker, max 1]', 'säker:', '(säker)', '[säker', '【säker】']) {
    const reply = said(
      failureOf(() => classifySubject(`${tag} Hej`)),
      'sv',
      false,
    )
    expect(reply).toMatch(/^[\r\n\x20-\x7e]+$/)
    expect(reply).toContain('liknar markningen "[secure')
  }
  const keywords = { keywords: ['låst', 'hemligt'] }
  const [swedish, english] = [true, false].map(letters =>
    said(
      failureOf(() => classifySubject('[låstt] x', keywords)),
      'sv',
      letters,
    ),
  )
  expect(swedish).toContain('"[låst]"')
  expect(english).toContain('"[hemligt]"')
})

test('what is said in English alone is said once, and in ASCII too', () => {
  const failure = new Failure('SENDER_NOT_OWN', { sender: 'åsa@example.org', account: 'anna' })
  const sentence = 'Not accepted: åsa@example.org is not an address of the account anna.'
  expect(said(failure, 'sv', true)).toBe(`553 5.7.1 ${sentence}\r\n`)
  expect(said(failure, 'sv', false)).toBe(`553 5.7.1 ${sentence.replace('å', 'a')}\r\n`)
})

test('no line of a reply is longer than 512 octets, whatever is quoted in it', () => {
  const long = '🔒'.repeat(60)
  const recipients = Array.from({ length: 100 }, (_, index) => `${index}@example.org`).join(',')
  const failures = [
    new Failure('OPTION_CONTRADICTS', { first: long, second: long, where: long, hint: long }),
    new Failure('OUTSIDER_REFUSED', { recipients }),
    new Failure('OUTSIDER_REFUSED', { recipients: 'å'.repeat(5000) }),
  ]
  for (const failure of failures)
    for (const letters of [true, false]) {
      const lines = said(failure, 'sv', letters).split('\r\n').slice(0, -1)
      expect(Math.max(...lines.map(line => Buffer.byteLength(line) + 2))).toBeLessThanOrEqual(512)
      expect(lines.slice(0, -1).every(line => line[3] === '-')).toBe(true)
    }
})
