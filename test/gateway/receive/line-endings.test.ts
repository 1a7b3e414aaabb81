import fc from 'fast-check'
import { expect, test } from 'vitest'
import { watchMail } from '#gateway/receive/line-endings.ts'

const pieces = fc
  .array(fc.constantFrom('\r\n', '\r', '\n', 'a', '.', 'bc', '\r\n\r\n'), { maxLength: 30 })
  .map(all => all.join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 })

test('a mail passes if every CR and LF belongs to a CRLF, however it is cut into chunks', () => {
  fc.assert(
    fc.property(pieces, cuts, (text, sizes) => {
      const mail = Buffer.from(`${text}\r\n`)
      const watch = watchMail(1000)
      let refused = false
      try {
        for (let at = 0, turn = 0; at < mail.length; turn += 1) {
          const size = sizes[turn % sizes.length]!
          watch(mail.subarray(at, at + size))
          at += size
        }
      } catch {
        refused = true
      }
      expect(refused).toBe(/\r(?!\n)|(?<!\r)\n/.test(mail.toString()))
    }),
    { numRuns: 2000 },
  )
})

test('one byte more than the limit is too much', () => {
  const watch = watchMail(4)
  watch(Buffer.from('ab\r\n'))
  expect(() => watch(Buffer.from('c'))).toThrow(expect.objectContaining({ code: 'MAIL_TOO_BIG' }))
})
