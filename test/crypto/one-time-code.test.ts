import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { hashCode, newCode } from '#crypto/one-time-code.ts'

test('a code is six digits, leading zeros and all; its hash depends on the key, the link and the code', () => {
  const codes = Array.from({ length: 2000 }, newCode)
  expect(codes.filter(code => !/^\d{6}$/.test(code))).toEqual([])
  expect(codes.some(code => code.startsWith('0'))).toBe(true)
  expect(new Set(codes).size).toBeGreaterThan(1900)
  const [one, other] = [randomBytes(32), randomBytes(32)]
  const of = (key: Buffer, codeId: string, tokenHash: Buffer, code: string) =>
    hashCode(createSecretKey(key), { codeId, tokenHash }, code).toString('hex')
  const hashes = [of(one, 'a', one, '1'), of(other, 'a', one, '1'), of(one, 'b', one, '1'), of(one, 'a', other, '1')]
  expect(new Set([...hashes, of(one, 'a', one, '2')]).size).toBe(5)
  expect(of(one, 'a', one, '1')).toBe(hashes[0])
})
