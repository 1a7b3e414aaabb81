import { expect, test } from 'vitest'
import { checkContact } from '#portal/account/check-contact.ts'
import { readCsv } from '#portal/account/read-csv.ts'
import { readVcards } from '#portal/account/read-vcards.ts'
import { maxAddresses, maxContacts } from '#portal/account/contact-problem.ts'
import { readRecipients } from '#portal/recipients/read-recipients.ts'

const table = (lines: number, line: string) => Buffer.from(`name,e-mail\n${line.repeat(lines)}`)
const card = 'BEGIN:VCARD\nEMAIL:a@b.example\nEND:VCARD\n'

test.each(['Anna,a@b.example\n', 'x\n', ',\n'])(
  'a table of %j is read up to as many lines as there can be contacts',
  async line => {
    expect(await readCsv(table(maxContacts, line))).not.toBe('too much')
    expect(await readCsv(table(maxContacts + 1, line))).toBe('too much')
  },
)

test('a table of addresses without headers is read up to as many lines as there can be contacts', async () => {
  expect(await readCsv(Buffer.from('a@b.example\n'.repeat(maxContacts + 1)))).toHaveLength(maxContacts + 1)
  expect(await readCsv(Buffer.from('a@b.example\n'.repeat(maxContacts + 2)))).toBe('too much')
})

test('a table of more than 200 columns is too much', async () => {
  expect(await readCsv(Buffer.from(`e-mail${',e-mail'.repeat(199)}\na@b.example\n`))).toHaveLength(1)
  expect(await readCsv(Buffer.from(`e-mail${',e-mail'.repeat(200)}\na@b.example\n`))).toBe('too much')
})

test('a table that is far too long is read no further than that', async () => {
  expect(await readCsv(table(100 * maxContacts, 'x\n'))).toBe('too much')
})

test('as many cards are read as there can be contacts', async () => {
  expect(await readVcards(Buffer.from(card.repeat(maxContacts)))).toHaveLength(maxContacts)
  expect(await readVcards(Buffer.from(card.repeat(maxContacts + 1)))).toBe('too much')
})

test('a card of more than 2000 lines is too much, folded ones counted as one', async () => {
  const cardOf = (lines: string) => Buffer.from(`BEGIN:VCARD\nFN:Anna\n${lines}END:VCARD\n`)
  expect(await readVcards(cardOf('NOTE:x\n'.repeat(1900)))).toHaveLength(1)
  expect(await readVcards(cardOf(`NOTE:x\n${' x\n'.repeat(10_000)}`))).toHaveLength(1)
  expect(await readVcards(cardOf('NOTE:x\n'.repeat(2001)))).toBe('too much')
})

test('a contact with far too many addresses is refused before they are read', () => {
  const { contact, problems } = checkContact({ name: 'Anna', addresses: 'no address;'.repeat(100_000) })
  expect(contact.addresses).toEqual([])
  expect(problems).toEqual([{ field: 'addresses', what: 'too many addresses', atMost: maxAddresses }])
})

test('of a very long name only the beginning is read', () => {
  const { contact } = checkContact({ name: `Anna${' '.repeat(2000)}Berg`, addresses: 'a@b.example' })
  expect(contact.name).toBe('Anna')
})

test('no contact is looked for by more than 2000 letters', () => {
  const named = (length: number) =>
    readRecipients('x'.repeat(length), [{ name: 'x'.repeat(length), addresses: ['a@b.example'] }])
  expect(named(2000).addresses).toEqual(['a@b.example'])
  expect(named(2001).addresses).toEqual([])
})
