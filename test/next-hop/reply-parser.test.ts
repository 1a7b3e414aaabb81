import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reply } from '#next-hop/next-hop.ts'
import { createReplyParser } from '#next-hop/reply-parser.ts'

function parse(bytes: Buffer, size: number): Reply[] {
  const replies: Reply[] = []
  const parser = createReplyParser(reply => replies.push(reply))
  for (let start = 0; start < bytes.length; start += size) parser.push(bytes.subarray(start, start + size))
  return replies
}

const reply = fc.record({
  code: fc.integer({ min: 200, max: 599 }),
  lines: fc.array(fc.stringMatching(/^[ -~åäö]{0,40}$/), { minLength: 1, maxLength: 5 }),
})

test('replies are read as they were written, wherever they are cut', () => {
  fc.assert(
    fc.property(fc.array(reply, { maxLength: 4 }), fc.integer({ min: 1, max: 50 }), (replies, size) => {
      const text = replies.flatMap(({ code, lines }) =>
        lines.map((line, index) => `${code}${index === lines.length - 1 ? ' ' : '-'}${line}\r\n`),
      )
      expect(parse(Buffer.from(text.join('')), size)).toEqual(replies)
    }),
  )
})

test.each([
  ['a code alone', '250\r\n', [{ code: 250, lines: [''] }]],
  ['bare line feeds', '250-a\n250 b\n', [{ code: 250, lines: ['a', 'b'] }]],
  ['a line of 4000 bytes', `250 ${'x'.repeat(4000)}\r\n`, [{ code: 250, lines: ['x'.repeat(4000)] }]],
  ['a hundred lines', `${'250-x\r\n'.repeat(99)}250 x\r\n`, [{ code: 250, lines: Array<string>(100).fill('x') }]],
])('%s can be read', (_, text, replies) => {
  expect(parse(Buffer.from(text), 1000)).toEqual(replies)
})

test.each([
  ['no code', 'hello\r\n'],
  ['an empty line', '\r\n'],
  ['a code of four digits', '2500 ok\r\n'],
  ['a code that does not exist', '650 ok\r\n'],
  ['two codes in one answer', '250-a\r\n251 b\r\n'],
  ['more than a hundred lines', '250-x\r\n'.repeat(101)],
  ['a line without end', 'x'.repeat(5000)],
  ['a line that is too long', `250 ${'x'.repeat(5000)}\r\n`],
])('%s is no reply', (_, text) => {
  expect(() => parse(Buffer.from(text), 1_000_000)).toThrow()
  expect(() => parse(Buffer.from(text), 7)).toThrow()
})
