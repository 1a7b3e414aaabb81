import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDataReader } from '#gateway/data/data-reader.ts'

/** What is read, cut into chunks of these sizes in turn. */
function readAll(wire: string, sizes: number[]) {
  const read = createDataReader()
  const bytes = Buffer.from(wire, 'latin1')
  let mail = ''
  let broken = false
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length]!
    // A copy: what is read may be moved.
    const chunk = Buffer.from(bytes.subarray(at, at + size))
    const result = read(chunk)
    at += size
    mail += result.mail.toString('latin1')
    broken ||= result.broken
    if (result.after) return { mail, broken, after: result.after.toString('latin1') + bytes.toString('latin1', at) }
  }
  return { mail, broken, after: undefined }
}

/** The same by the words of RFC 5321 section 4.5.2, for DATA whose line endings are CRLF. */
function expected(wire: string) {
  const end = wire.startsWith('.\r\n') ? 0 : wire.indexOf('\r\n.\r\n') + 2
  return { mail: wire.slice(0, end).replace(/(^|\r\n)\./g, '$1'), broken: false, after: wire.slice(end + 3) }
}

const lines = fc
  .array(fc.constantFrom('', '.', '..', '...', '.a', 'a.', 'a', '\0', '\0.', 'x'.repeat(70), '.'.repeat(70)), {
    maxLength: 40,
  })
  .map(all => all.map(line => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join(''))
const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 })

test('the mail is un-stuffed, and what follows its end left alone, however it is cut', () => {
  fc.assert(
    fc.property(lines, fc.constantFrom('', 'NOOP\r\n', '.\r\n', '\r\n.\r\n'), cuts, (text, after, sizes) => {
      const wire = `${text}.\r\n${after}`
      expect(readAll(wire, sizes)).toEqual(expected(wire))
    }),
    { numRuns: 2000 },
  )
})

test('a dot that was not stuffed is taken away as well, as RFC 5321 has it', () => {
  expect(readAll('.a\r\n.\r\n', [100])).toEqual({ mail: 'a\r\n', broken: false, after: '' })
})

test('whatever bytes come, only CRLF, dot, CRLF is an end', () => {
  const pieces = fc.array(fc.constantFrom('\r', '\n', '.', '\0', 'a', '\r\n', '\r\n.'), { maxLength: 30 })
  fc.assert(
    fc.property(pieces, cuts, (all, sizes) => {
      const wire = `a${all.join('')}`
      const end = wire.indexOf('\r\n.\r\n')
      const { after } = readAll(wire, sizes)
      expect(after).toBe(end === -1 ? undefined : wire.slice(end + 5))
    }),
    { numRuns: 2000 },
  )
})

test.each([
  ['.\rx', true],
  ['.\r.\r\n', true],
  ['a\r\n.\r\r\n', true],
  ['..\rx\r\n', false],
  ['a.\rx\r\n', false],
])('%j is no line: %j', (wire, broken) => {
  for (const size of [1, 2, 3, 100]) expect(readAll(`${wire}\r\n.\r\n`, [size]).broken).toBe(broken)
})
