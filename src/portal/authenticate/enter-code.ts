import { timingSafeEqual } from 'node:crypto'
import { codeDigits, hashCode } from '#crypto/one-time-code.ts'
import { hashToken } from '#crypto/link-token.ts'
import { countTry, useCode } from '#database/codes.ts'
import { Failure } from '#failure.ts'
import type { PortalParts } from '#portal/portal-parts.ts'

const maxTries = 5

/**
 * Uses up the code that was mailed to a link's recipient; it can be entered in any browser. Throws `CODE_MALFORMED`,
 * which costs no try, `CODE_WRONG` with the tries that are left, and `CODE_ENDED` where no code is valid.
 */
export async function enterCode(
  { db, codeKey }: Pick<PortalParts, 'db' | 'codeKey'>,
  { token, typed }: { token: string; typed: string },
): Promise<void> {
  // People copy blanks along, and write long numbers in groups.
  const code = typed.normalize('NFKC').replace(/[\s\u200b-]/g, '')
  if (!/^\d+$/.test(code) || code.length !== codeDigits) throw new Failure('CODE_MALFORMED')
  const tokenHash = hashToken(token)
  const counted = await countTry(db, tokenHash, maxTries)
  if (!counted) throw new Failure('CODE_ENDED')
  const { id: codeId, codeHash, triesLeft } = counted
  if (!timingSafeEqual(hashCode(codeKey, { codeId, tokenHash }, code), codeHash)) {
    throw triesLeft > 0 ? new Failure('CODE_WRONG', { left: triesLeft }) : new Failure('CODE_ENDED')
  }
  if (!(await useCode(db, codeId))) throw new Failure('CODE_ENDED')
}
