import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import { watchMail } from '#gateway/data/line-endings.ts'

const line = 'A'.repeat(76)
/** Pieces that are rare make it likely that a mail has none of them, or only one. */
const rare = fc.constantFrom('\r', '\n', '\0', '\t', '\u000e', `${line.slice(0, 38)}\n${line.slice(39)}\r\n`)
const usual = fc.constantFrom(
  '\r\n',
  'a',
  '.',
  'bc',
  'å',
  'a longer text',
  '\r\n\r\n',
  `${line}\r\n`,
  `${line}\r\n`.repeat(9),
)
const pieces = fc
  .array(fc.oneof({ weight: 1, arbitrary: rare }, { weight: 20, arbitrary: usual }), { maxLength: 30 })
  .map(all => all.join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 })

/** Under which code this mail is refused, cut into chunks of these sizes in turn. */
function refusalOf(text: string, sizes: number[]): string | undefined {
  const mail = Buffer.from(text)
  const watch = watchMail(100_000)
  try {
    for (let at = 0, turn = 0; at < mail.length; turn += 1) {
      const size = sizes[turn % sizes.length]!
      watch(mail.subarray(at, at + size))
      at += size
    }
    return undefined
  } catch (error) {
    return isFailure(error) ? error.code : 'another error'
  }
}

test('a mail passes if every CR and LF belongs to a CRLF and no NULs disguise a lone dot, however it is cut into chunks', () => {
  fc.assert(
    fc.property(pieces, cuts, (text, sizes) => {
      const refused = refusalOf(`${text}\r\n`, sizes)
      const broken = /\r(?!\n)|(?<!\r)\n/.test(`${text}\r\n`)
      const disguised = /(?:^|\n)\0+\.\0*\r\n/.test(`${text}\r\n`)
      expect(refused === 'LINE_ENDINGS' || refused === 'END_DISGUISED').toBe(broken || disguised)
      if (refused !== undefined && !(broken && disguised))
        expect(refused).toBe(broken ? 'LINE_ENDINGS' : 'END_DISGUISED')
    }),
    { numRuns: 5000 },
  )
})

test('one byte more than the limit is too much', () => {
  const watch = watchMail(4)
  watch(Buffer.from('ab\r\n'))
  expect(() => watch(Buffer.from('c'))).toThrow(expect.objectContaining({ code: 'MAIL_TOO_BIG' }))
})
