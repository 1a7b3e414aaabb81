import { randomBytes, randomUUID } from 'node:crypto'
import { hashCode, newCode } from '#crypto/one-time-code.ts'
import { hashToken } from '#crypto/link-token.ts'
import { hasFreshCode, insertCode, lockCodes, minutesUntilNextCode, type CodeLimit } from '#database/codes.ts'
import { insertNotice } from '#database/notices.ts'
import { Failure } from '#failure.ts'
import type { Language } from '#model.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import { addressKey } from '#platform/address-key.ts'
import { maxTries } from './enter-code.ts'
import { writeCodeMail } from './write-code-mail.ts'

type Deps = Pick<PortalDeps, 'db' | 'settings' | 'keyring'>

/** How long a code is valid. */
const codeMinutes = 15
const dayMinutes = 24 * 60
/** Asked again within this time from the same client address, a code that still counts is not replaced. */
const quietSeconds = 60

/** Somebody asks for a code at a link. */
export interface Asked {
  token: string
  /** To whom it is mailed, which is never theirs to say; null where the link has nobody to mail it to. */
  to: { recipient: string; lang: Language; linkKeyId: string } | null
  /** The client's. */
  address: string
}

/**
 * Mails a code to the link's recipient. It replaces the one that the same client address asked for more than a minute ago. One
 * that was asked for within a minute stays, and nothing is mailed. If there is nobody to mail it to, the same is done but for
 * the mail, so that a guess tells nothing. Throws `CODES_THROTTLED`.
 */
export async function askForCode({ db, settings, keyring }: Deps, { token, to, address }: Asked): Promise<void> {
  const code = newCode()
  const id = randomUUID()
  const tokenHash = hashToken(token)
  const client = addressKey(address)
  const codeHash = to
    ? hashCode(keyring.derive('code key', to.linkKeyId), { codeId: id, tokenHash }, code)
    : randomBytes(32)
  const from = notificationsFrom(settings)
  const mail = await writeCodeMail({
    code,
    minutes: codeMinutes,
    organisation: settings.organisation,
    from,
    hostname: settings.gateway.hostname,
    recipient: to?.recipient ?? from,
    lang: to?.lang ?? settings.language,
  })
  const waitMinutes = await db.transaction(async tx => {
    await lockCodes(tx, tokenHash, client)
    const isAgain = await hasFreshCode(
      tx,
      { tokenHash, addressKey: client },
      { seconds: quietSeconds, maxTries: maxTries.here },
    )
    if (isAgain) return 0
    const waits: number[] = []
    for (const limit of limits(tokenHash, client)) waits.push(await minutesUntilNextCode(tx, limit))
    const longest = Math.max(...waits)
    if (longest > 0) return longest
    await insertCode(tx, { id, tokenHash, codeHash, addressKey: client, minutes: codeMinutes })
    // A code that has ended would only confuse.
    const worthlessAt = new Date(Date.now() + codeMinutes * 60_000)
    if (to) await insertNotice({ db: tx, keyring }, { sender: from, recipient: to.recipient, mail, worthlessAt })
    return 0
  })
  if (waitMinutes > 0) throw new Failure('CODES_THROTTLED', { minutes: waitMinutes })
}

/**
 * Each code is a mail in somebody's mailbox, and eight tries at it. A client address has fewer at a link than all have together:
 * one that asks at a link without reading its recipient's mail does not keep the recipient waiting.
 */
function limits(tokenHash: Buffer, client: string): CodeLimit[] {
  return [
    { by: { tokenHash, addressKey: client }, max: 3, windowMinutes: 15 },
    { by: { tokenHash, addressKey: client }, max: 10, windowMinutes: dayMinutes },
    { by: { tokenHash }, max: 12, windowMinutes: 15 },
    { by: { tokenHash }, max: 40, windowMinutes: dayMinutes },
    // More than one, because a whole office may come from one address.
    { by: { addressKey: client }, max: 30, windowMinutes: 15 },
  ]
}
