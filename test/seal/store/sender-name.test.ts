import { expect, test } from 'vitest'
import { blockContent } from '#courier/rewrite/block-content.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { nameAndAddress } from '#texts/plain-words.ts'
import { copyFacts } from '../../support/copy-facts.ts'

const anna = 'anna@kommun.example'

function from(value: string, envelopeSender = anna): string {
  return senderName(readHeaderFields(Buffer.from(`From: ${value}\r\n`)).fields, envelopeSender)
}

test.each([
  ['Anna Å <anna@kommun.example>', 'Anna Å <anna@kommun.example>'],
  ['"Å, Anna" <ANNA@Kommun.Example>', 'Å, Anna <ANNA@Kommun.Example>'],
  [
    '=?utf-8?q?=C3=85=2C_Anna_=3Cboss=40kommun=2Eexample=3E?= <anna@kommun.example>',
    'Å, Anna <boss@kommun.example> <anna@kommun.example>',
  ],
  ['<anna@kommun.example>', 'anna@kommun.example'],
  ['anna@kommun.example', 'anna@kommun.example'],
  ['anna@kommun.example <anna@kommun.example>', 'anna@kommun.example'],
])('of a From field with the envelope sender only that is shown: %s', (value, expected) => {
  expect(from(value)).toBe(expected)
  expect(nameAndAddress(from(value)).address ?? from(value)).toMatch(/^anna@kommun.example$/i)
})

test.each([
  [
    '"The director <anna@kommun.example>" <chef@kommun.example>',
    'The director <anna@kommun.example> <chef@kommun.example>',
  ],
  ['chef@kommun.example (<anna@kommun.example>)', '<anna@kommun.example> <chef@kommun.example>'],
  [
    'The director <chef@kommun.example>, Anna <anna@kommun.example>',
    'The director <chef@kommun.example>, Anna <anna@kommun.example>',
  ],
  ['Staff: Anna <anna@kommun.example>, chef@kommun.example;', 'Anna <anna@kommun.example>, chef@kommun.example'],
  ['"Doug Sauder" <doug@example.com>', 'Doug Sauder <doug@example.com>'],
  ['<mfp@kommun.example>', 'mfp@kommun.example'],
  ['anna@kommun.example.evil.example', 'anna@kommun.example.evil.example'],
  ['The director', 'The director'],
  ['The director (chef@kommun.example)', 'The director'],
])('of any other, both are shown, and one asks the envelope sender: %s', (value, shown) => {
  expect(from(value)).toBe(`${shown} (${anna})`)
  expect(nameAndAddress(from(value))).toEqual({ name: shown, address: anna })
})

test('addresses are one also in another spelling of the domain', () => {
  expect(from('Åsa <asa@xn--rksmrgs-5wao1o.example>', 'asa@räksmörgås.example')).toBe(
    'Åsa <asa@xn--rksmrgs-5wao1o.example>',
  )
})

test('of a mail without an envelope sender the From field is shown, and of one without From the envelope sender', () => {
  expect(from('Daemon <daemon@kommun.example>', '')).toBe('Daemon <daemon@kommun.example>')
  expect(from('')).toBe(anna)
  expect(senderName([], anna)).toBe(anna)
})

test('a field of any length is read up to a bound, and never passes for the envelope sender', () => {
  const shown = from(`Anna <anna@kommun.example>${' '.repeat(10_000)}, chef@kommun.example`)
  expect(shown).toBe(`Anna <anna@kommun.example> (${anna})`)
})

test('an address without a name is in the link block once', () => {
  const told = (senderNameShown: string) => {
    const { intro, notes } = blockContent(copyFacts({ senderName: senderNameShown, lang: 'en' }))
    return [intro[0]!, notes.at(-1)!]
  }
  expect(told(from('<anna@kommun.example>'))).toEqual([
    expect.stringMatching(/^anna@kommun.example has attached/),
    expect.stringContaining('Ask anna@kommun.example before'),
  ])
  expect(told(from('<mfp@kommun.example>'))).toEqual([
    expect.stringMatching(/^mfp@kommun.example has attached/),
    expect.stringContaining('Ask mfp@kommun.example (anna@kommun.example) before'),
  ])
})
