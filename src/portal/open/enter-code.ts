import { timingSafeEqual } from 'node:crypto'
import { codeDigits, hashCode } from '#crypto/one-time-code.ts'
import { hashToken } from '#crypto/link-token.ts'
import { countTry, useCode } from '#database/codes.ts'
import { addressKey } from '#platform/address-key.ts'
import { Failure } from '#failure.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'

/** From where the code was asked for; from elsewhere there are fewer, since the holder of a link must not guess for long. */
export const maxTries = { here: 5, elsewhere: 3 }

/**
 * Uses up a code that was mailed to a link's recipient; it can be entered in any browser, from any client address. Throws `CODE_MALFORMED`,
 * which costs no try, `CODE_WRONG` with the tries that are left, and `CODE_ENDED` where no code is valid.
 */
export async function enterCode(
  { db, keyring }: Pick<PortalDeps, 'db' | 'keyring'>,
  {
    token,
    typed,
    address,
    linkKeyId,
  }: { token: string; typed: string; address: string; linkKeyId: string | undefined },
): Promise<void> {
  // People copy blanks along, and write long numbers in groups.
  const code = typed.normalize('NFKC').replace(/[\s\u200b-]/g, '')
  if (!/^\d+$/.test(code) || code.length !== codeDigits) throw new Failure('CODE_MALFORMED')
  const tokenHash = hashToken(token)
  const tried = await countTry(db, { tokenHash, addressKey: addressKey(address) }, maxTries)
  const hashOf = (codeId: string) => hashCode(keyring.derive('code key', linkKeyId), { codeId, tokenHash }, code)
  // Each is compared, so that the time tells nothing.
  const [right] = tried.filter(({ id, codeHash }) => timingSafeEqual(hashOf(id), codeHash))
  const left = Math.max(0, ...tried.map(({ triesLeft }) => triesLeft))
  if (!right) throw left > 0 ? new Failure('CODE_WRONG', { left }) : new Failure('CODE_ENDED')
  if (!(await useCode(db, right.id))) throw new Failure('CODE_ENDED')
}
