import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64, findBase64Character } from '#mail/base64.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { decodeQuotedPrintable, findQuotedPrintableByte } from '#mail/quoted-printable.ts'
import { decodePart, measureDecoded } from '#mail/transfer-encoding.ts'
import type { TransferEncoding } from '#model.ts'
import { encodeBase64, encodeQuotedPrintable } from '../support/mail-builder.ts'

const blockSizes = [1, 2, 3, 7, 64, 78, 79, 4096]

async function decode(encoded: string | Buffer, encoding: TransferEncoding, blockBytes = 4096): Promise<Buffer> {
  const bytes = Buffer.from(encoded)
  const blocks = mailFromBuffer(bytes).stream({ start: 0, end: bytes.length }, blockBytes)
  const decoded = encoding === 'base64' ? decodeBase64(blocks) : decodeQuotedPrintable(blocks)
  return Buffer.concat(await Array.fromAsync(decoded))
}

/** The base64 that all decoders read alike, written as plainly as possible. */
function expectedBase64(text: string): Buffer | null {
  const characters = text.replace(/[ \t\r\n]/g, '')
  const data = /^([A-Za-z0-9+/]*)=*$/.exec(characters)
  if (!data || data[1]!.length % 4 === 1) return null
  return Buffer.from(characters, 'base64')
}

test.each(['base64', 'quoted-printable'] as const)('%s gives back any bytes, in blocks of any size', async encoding => {
  const encode = encoding === 'base64' ? encodeBase64 : encodeQuotedPrintable
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(...blockSizes), async (array, blockBytes) => {
      const bytes = Buffer.from(array)
      expect(await decode(encode(bytes), encoding, blockBytes)).toEqual(bytes)
    }),
    { numRuns: 300 },
  )
})

test('base64 is decoded exactly where all decoders agree on it, and refused everywhere else', async () => {
  const character = fc.constantFrom(
    ...'AQz9+/AQz9+/AQz9+/AQz9+/'.split(''),
    'AAAA',
    'QUJD',
    '\r\n',
    '\r\n',
    ' ',
    '\t',
    '=',
    '==',
    '-',
    '_',
    '!',
    '\xff',
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(character, { maxLength: 24 }),
      fc.constantFrom(...blockSizes),
      async (characters, blockBytes) => {
        const encoded = characters.join('')
        const expected = expectedBase64(encoded)
        const decoded = decode(Buffer.from(encoded, 'latin1'), 'base64', blockBytes)
        if (expected) expect(await decoded).toEqual(expected)
        else await expect(decoded).rejects.toThrow(BrokenEncoding)
      },
    ),
    { numRuns: 5000 },
  )
})

test.each([
  ['characters that some decoders skip', 'QUJ*DQUJD'],
  ['the alphabet of base64url', 'QU-_'],
  ['a footer that some decoders take for data', 'QUJD\r\n\r\nsent by a list.'],
  ['a footer behind the padding', 'QUI=\r\n\r\nsent by a list'],
  ['data after the padding', 'QQ==\r\nQUJD'],
  ['chunks that are padded each', 'QUI=\r\nQUI='],
  ['padding before the data', '=QQ=='],
  ['a character that makes no byte', 'QUJDQ==='],
])('base64 with %s is broken', async (_, encoded) => {
  for (const blockBytes of blockSizes)
    await expect(decode(encoded, 'base64', blockBytes)).rejects.toThrow(BrokenEncoding)
})

test.each([
  ['padding that is missing', 'QUJDQUI', 'ABCAB'],
  ['two signs of padding that are missing', 'QUJDQQ', 'ABCA'],
  ['padding that is too short', 'QQ=', 'A'],
  ['padding that is too long', 'QQ===', 'A'],
  ['padding that nothing asks for', 'QUJD====', 'ABC'],
  ['nothing but padding', '====', ''],
  ['blanks before lines', '  QUJD\r\n\tQUI=', 'ABCAB'],
  ['blanks within a line and in the padding', 'QU JD Q\tQ = =', 'ABCA'],
])('base64 with %s is decoded, as all decoders do', async (_, encoded, decoded) => {
  for (const blockBytes of blockSizes) expect((await decode(encoded, 'base64', blockBytes)).toString()).toBe(decoded)
})

test('blanks at line ends, blank lines and lines of odd lengths are fine in base64', async () => {
  for (const blockBytes of blockSizes) {
    expect((await decode('QUJ \r\nDQU\t \r\n\r\nJDQQ=\r\n= \r\n\r\n', 'base64', blockBytes)).toString()).toBe('ABCABCA')
  }
})

test.each([
  ['a soft break', 'a=\r\nb', 'ab'],
  ['blanks after the equals sign of a soft break', 'a= \t\r\nb', 'ab'],
  ['blanks at a line end, which are not part of the text', 'a \t\r\nb  ', 'a\r\nb'],
  ['blanks before a soft break, which are', 'a \t=\r\nb', 'a \tb'],
  ['lower case digits', '=c3=a5', 'å'],
  ['a soft break at the very end', 'a=', 'a'],
  ['an encoded line end', 'a=0D=0Ab=0A', 'a\r\nb\n'],
])('quoted-printable with %s', async (_, encoded, text) => {
  for (const blockBytes of blockSizes)
    expect((await decode(encoded, 'quoted-printable', blockBytes)).toString()).toBe(text)
})

test.each(['a=4', 'a=zz', 'a=4z', 'å', 'a= b', 'a\rb', 'a\nb', 'a\0b', `a${' '.repeat(1001)}b`])(
  'quoted-printable %j is broken',
  async encoded => {
    for (const blockBytes of blockSizes) {
      await expect(decode(encoded, 'quoted-printable', blockBytes)).rejects.toThrow(BrokenEncoding)
    }
  },
)

test('every decoded byte is found in its encoding', async () => {
  const encoded = Buffer.from('<p>=C3=A5  =\r\n x=3D\r\n  <b>')
  const source = mailFromBuffer(encoded)
  const range = { start: 0, end: encoded.length }
  const decoded = await decode(encoded, 'quoted-printable')
  for (let place = 0; place <= decoded.length; place += 1) {
    // Between CR and LF, and within a run of blanks, is no place of its own.
    if (/\r$|[ \t]$/.test(decoded.toString('latin1', 0, place)) && decoded[place] !== 0x3c) continue
    const at = await findQuotedPrintableByte(source, range, place)
    const start = await decode(encoded.subarray(0, at), 'quoted-printable')
    expect(start.toString('latin1').trimEnd()).toBe(decoded.toString('latin1', 0, place).trimEnd())
  }
})

test('a base64 character is found by its number', async () => {
  const source = mailFromBuffer(Buffer.from('xQU\r\n J\r\nD'))
  const places = await Promise.all(
    [0, 1, 2, 3, 4].map(index => findBase64Character(source, { start: 1, end: 9 }, index)),
  )
  expect(places).toEqual([1, 2, 6, 9, 9])
})

test('a part is measured and decoded within its range only', async () => {
  const source = mailFromBuffer(Buffer.from('--x\r\nQUJD\r\nQUI=\r\n--x'))
  const range = { start: 5, end: 15 }
  expect(await measureDecoded(source, range, 'base64')).toBe(5)
  expect(Buffer.concat(await Array.fromAsync(decodePart(source, range, 'base64'))).toString()).toBe('ABCAB')
  expect(await measureDecoded(source, range, '8bit')).toBe(10)
  expect(Buffer.concat(await Array.fromAsync(decodePart(source, range, '8bit'))).toString()).toBe('QUJD\r\nQUI=')
})
