import { createSecretKey, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startFingerprint } from '#crypto/fingerprint.ts'
import { testKeyring } from '../support/keyring.ts'

const key = createSecretKey(randomBytes(32))

function fingerprintOf(pieces: Buffer[], by = key): string {
  const fingerprint = startFingerprint(by)
  for (const piece of pieces) fingerprint.add(piece)
  return fingerprint.end()
}

test('it is the same for the same bytes, however they were cut', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 })
  fc.assert(
    fc.property(pieces, cut => {
      const buffers = cut.map(piece => Buffer.from(piece))
      expect(fingerprintOf(buffers)).toBe(fingerprintOf([Buffer.concat(buffers)]))
    }),
  )
})

test('it is another one for any other bytes: one more, one less, one changed, two that changed places', () => {
  const bytes = randomBytes(1000)
  const others = [Buffer.concat([bytes, Buffer.alloc(1)]), bytes.subarray(1), bytes.subarray(0, -1), Buffer.alloc(0)]
  for (const at of [0, 15, 16, 500, 999]) others.push(Buffer.from(bytes).fill(bytes[at]! ^ 1, at, at + 1))
  others.push(Buffer.concat([bytes.subarray(16, 32), bytes.subarray(0, 16), bytes.subarray(32)]))
  expect(new Set([bytes, ...others].map(each => fingerprintOf([each]))).size).toBe(others.length + 1)
})

test('it takes the key, which is made of the link key and is the same on every node', () => {
  const linkKey = { id: 'one', key: randomBytes(32) }
  const bytes = [Buffer.from('a mail')]
  const [here, there] = [[linkKey], [linkKey]].map(keys => testKeyring(keys).derive('fingerprint key'))
  expect(fingerprintOf(bytes, here)).toBe(fingerprintOf(bytes, there))
  const other = testKeyring().derive('fingerprint key')
  expect(fingerprintOf(bytes, other)).not.toBe(fingerprintOf(bytes, here))
})
