import { expect, test } from 'vitest'
import { asNewMail } from '#courier/rewrite/new-mail.ts'

const again = { messageId: 'ny@kuvert.test', date: new Date('2026-12-01T08:15:00Z'), onlyTo: null }

/** The copy, which comes in chunks of so many bytes. */
async function written(lines: string[], mail = {}, chunkBytes = 7): Promise<string[]> {
  const copy = Buffer.from(lines.join('\r\n'), 'latin1')
  async function* chunks() {
    for (let at = 0; at < copy.length; at += chunkBytes) yield copy.subarray(at, at + chunkBytes)
  }
  const parts: Buffer[] = []
  for await (const part of asNewMail(chunks(), { ...again, ...mail })) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('latin1').split('\r\n')
}

const first = [
  'Received: from a by b;',
  '\tMon, 30 Nov 2026 20:08:00 +0000',
  'From: Anna <anna@kommun.example>',
  'To: bertil@kommun.example,',
  ' lina@kommun.example',
  'Cc: =?utf-8?Q?=C3=85sa?= <asa@kommun.example>',
  'Date: Mon, 30 Nov 2026 21:08:00 +0100',
  'MESSAGE-ID:',
  ' <ett@kommun.example>',
  'Subject: Underlag',
  'a line that is no field',
  'References: <noll@x.example> (a comment)',
  '\t<halv@x.example>',
  'In-Reply-To: <halv@x.example>',
  'Resent-To: lina@kommun.example',
  'Content-Type: text/plain',
]
const body = ['', 'Date: in the text', 'Message-ID: <i@texten>', '', 'slut', '']

test('a copy that is sent again is a mail of its own that refers to the first; all else is as it was', async () => {
  const whole = await written([...first, ...body])
  const kept = first.filter((_, index) => ![6, 7, 8, 11, 12, 13].includes(index))
  expect(whole).toEqual([
    ...kept,
    'Date: Tue, 01 Dec 2026 08:15:00 +0000',
    'Message-ID: <ny@kuvert.test>',
    'In-Reply-To: <ett@kommun.example>',
    'References: <noll@x.example>',
    ' <halv@x.example>',
    ' <ett@kommun.example>',
    ...body,
  ])
  for (const chunkBytes of [1, 2, 100_000]) expect(await written([...first, ...body], {}, chunkBytes)).toEqual(whole)
})

test('who was added later is alone in To, and sees none of the others', async () => {
  const copy = await written([...first, ...body], { onlyTo: 'ulla@utanfor.example' })
  expect(copy).toContain('To: <ulla@utanfor.example>')
  expect(copy.filter(line => /^(?:to|cc|resent)/i.test(line))).toHaveLength(1)
  expect(copy.join('\n')).not.toMatch(/bertil|lina|asa@/)
  expect(copy.slice(-body.length)).toEqual(body)
})

test.each([
  ['nothing', [], []],
  ['what is no identifier', ['Message-ID: none', 'References: also none', 'In-Reply-To: Your mail of Monday'], []],
  [
    'a mail that it answers, and no references',
    ['Message-ID: <b@x>', 'In-Reply-To: <a@x>'],
    ['In-Reply-To: <b@x>', 'References: <a@x>', ' <b@x>'],
  ],
  [
    'two mails that it answers (RFC 5322 section 3.6.4)',
    ['Message-ID: <c@x>', 'In-Reply-To: <a@x> <b@x>'],
    ['In-Reply-To: <c@x>', 'References: <c@x>'],
  ],
])('of a mail with %s', async (_, fields, expected) => {
  const copy = await written(['From: a@b.example', ...fields, '', 'Hej', ''])
  const ours = ['Date: Tue, 01 Dec 2026 08:15:00 +0000', 'Message-ID: <ny@kuvert.test>']
  expect(copy).toEqual(['From: a@b.example', ...ours, ...expected, '', 'Hej', ''])
})

test('of a long thread, the first mail and the latest ones are named, one a line', async () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `<${index}@x.example>`)
  const copy = await written(
    [`References: ${ids.join('\r\n ')}`, 'Message-ID: <sist@x.example>', '', 'Hej', ''],
    {},
    4096,
  )
  const named = copy
    .filter(line => line.includes('@x.example>') && !line.startsWith('In-Reply-To'))
    .map(line => line.slice(-17))
  expect(named).toHaveLength(30)
  expect([copy.find(line => line.startsWith('References'))!, copy.includes(' <sist@x.example>')]).toEqual([
    'References: <0@x.example>',
    true,
  ])
})

test('a header section without an end is passed on to whoever verifies the copy, and an endless one is refused', async () => {
  expect(await written(['From: a@b.example', 'Subject: Hej'])).toEqual(['From: a@b.example', 'Subject: Hej'])
  await expect(written([`Subject: ${'x'.repeat(3 * 1024 ** 2)}`], {}, 65_536)).rejects.toThrow('endless')
})
