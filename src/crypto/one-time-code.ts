import { createHmac, randomInt, type KeyObject } from 'node:crypto'

/** A code is this many digits. */
export const codeDigits = 6

/** A fresh code: six digits, each code as likely as any other. */
export function newCode(): string {
  return String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0')
}

/**
 * What is stored of a code. A million codes are soon tried, so that a plain hash would tell the code to whoever reads
 * the database; this one needs the key as well. `codeId` is the code's own, `tokenHash` its link's.
 */
export function hashCode(
  codeKey: KeyObject,
  { codeId, tokenHash }: { codeId: string; tokenHash: Buffer },
  code: string,
) {
  const text = JSON.stringify(['code', codeId, tokenHash.toString('hex'), code])
  return createHmac('sha256', codeKey).update(text).digest()
}
