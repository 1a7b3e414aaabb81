import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDotStuffer } from '#next-hop/dot-stuffing.ts'

const mail = fc
  .array(fc.constantFrom('.', '.', '\n', '\r\n', 'a', 'long text', 'å'))
  .map(all => Buffer.from(all.join('')))

test('a dot is doubled after each line feed and at the start, wherever the mail is cut', () => {
  fc.assert(
    fc.property(mail, fc.array(fc.nat({ max: 9 }), { minLength: 1 }), (bytes, sizes) => {
      const stuff = createDotStuffer()
      const stuffed = []
      for (let start = 0, cut = 0; start < bytes.length; cut++) {
        const end = start + (sizes[cut % sizes.length] as number) + (cut % 2)
        stuffed.push(Buffer.from(stuff(bytes.subarray(start, end))))
        start = end
      }
      const text = bytes.toString('latin1')
      expect(Buffer.concat(stuffed).toString('latin1')).toBe(text.replace(/^\./, '..').replaceAll('\n.', '\n..'))
    }),
    { numRuns: 500 },
  )
})

test('a chunk without a dot at the start of a line is not copied', () => {
  const stuff = createDotStuffer()
  const chunk = Buffer.from('a.b\r\nc.\r\n')
  expect(stuff(chunk)).toBe(chunk)
})
