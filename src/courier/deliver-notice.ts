import { openNotice, postponeNotice, settleNotice, type ClaimedNotice, type Notice } from '#database/notices.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import { retryPause } from '#courier/claim/retry-pause.ts'
import type { CourierDeps } from './courier-deps.ts'
import { sendCopy, type Outcome } from '#courier/send/send-copy.ts'
import { writeReceipt } from './write-receipt.ts'
import { writeReminder } from './write-reminder.ts'

/** Hands over a mail that Kuvert wrote itself. One that is refused is dropped and logged: it never causes another. */
export async function deliverNotice(deps: CourierDeps, claimed: ClaimedNotice): Promise<void> {
  const { giveUpHours } = deps.settings.courier
  const isWorthless = claimed.worthlessAt !== null && Date.now() >= claimed.worthlessAt.getTime()
  const giveUpAt = claimed.worthlessAt?.getTime() ?? claimed.createdAt.getTime() + giveUpHours * 3_600_000
  const notice = isWorthless ? null : await writeNotice(deps, claimed)
  if (!notice && !isWorthless) {
    await settleNotice(deps.db, claimed, 'dropped', 'There is nothing to tell any more.')
    return
  }
  const { result, reply } = notice ? await send(deps, notice) : tooLate
  if (result === 'sent') await settleNotice(deps.db, claimed, 'sent', reply)
  else if (result === 'cut') await postponeNotice(deps.db, claimed, 0, reply)
  else if (result === 'later' && Date.now() < giveUpAt) {
    await postponeNotice(deps.db, claimed, retryPause(claimed.attempts, deps.settings.courier), reply)
  } else {
    await settleNotice(deps.db, claimed, 'dropped', reply)
    deps.log.warn({ notice: claimed.id, reply }, 'a notification could not be handed over and is dropped')
  }
}

/**
 * The mail itself, and whom it is from and for: never whom an unsealed row names. Null for a reminder or a receipt of which
 * there is nothing to tell any more, and for what Kuvert did not write.
 */
async function writeNotice(deps: CourierDeps, notice: ClaimedNotice): Promise<Notice | null> {
  const { id, sender, recipient } = notice
  const from = notificationsFrom(deps.settings)
  if (notice.kind === 'receipt') return writeReceipt(deps, { id, receiptId: notice.tellsReceipt, from })
  if (notice.kind === 'reminder') return writeReminder(deps, { id, linkId: notice.remindsLink, from })
  const mail = openNotice(deps.keyring, notice)
  return mail && { sender, recipient, mail }
}

const tooLate = { result: 'refused', reply: 'It would have come too late.' } as const

function send(deps: CourierDeps, { sender, recipient, mail }: Notice): Promise<Outcome> {
  // RFC 6531: an address with other letters needs a next hop that knows them.
  const parameters = /[^\x20-\x7e]/.test(recipient) ? ['SMTPUTF8'] : []
  return sendCopy(deps, { sender, parameters, recipient, recipientParameters: [], bytes: once(mail) })
}

async function* once(mail: Buffer): AsyncGenerator<Buffer> {
  yield mail
}
