import { openNotice, postponeNotice, settleNotice, type ClaimedNotice, type Notice } from '#database/notices.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import { retryPause } from '#courier/claim/retry-pause.ts'
import type { CourierParts } from './courier-parts.ts'
import { sendCopy, type Outcome } from '#courier/send/send-copy.ts'
import { writeReceipt } from './write-receipt.ts'
import { writeReminder } from './write-reminder.ts'

/** Hands over a mail that Kuvert wrote itself. One that is refused is dropped and logged: it never causes another. */
export async function deliverNotice(parts: CourierParts, claimed: ClaimedNotice): Promise<void> {
  const { giveUpHours } = parts.settings.courier
  const isWorthless = claimed.worthlessAt !== null && Date.now() >= claimed.worthlessAt.getTime()
  const giveUpAt = claimed.worthlessAt?.getTime() ?? claimed.createdAt.getTime() + giveUpHours * 3_600_000
  const notice = isWorthless ? null : await writeNotice(parts, claimed)
  if (!notice && !isWorthless) {
    await settleNotice(parts.db, claimed, 'dropped', 'There is nothing to tell any more.')
    return
  }
  const { result, reply } = notice ? await send(parts, notice) : tooLate
  if (result === 'sent') await settleNotice(parts.db, claimed, 'sent', reply)
  else if (result === 'cut') await postponeNotice(parts.db, claimed, 0, reply)
  else if (result === 'later' && Date.now() < giveUpAt) {
    await postponeNotice(parts.db, claimed, retryPause(claimed.attempts, parts.settings.courier), reply)
  } else {
    await settleNotice(parts.db, claimed, 'dropped', reply)
    parts.log.warn({ notice: claimed.id, reply }, 'a notification could not be handed over and is dropped')
  }
}

/**
 * The mail itself, and whom it is from and for: never whom an unsealed row names. Null for a reminder or a receipt of which
 * there is nothing to tell any more, and for what Kuvert did not write.
 */
async function writeNotice(parts: CourierParts, notice: ClaimedNotice): Promise<Notice | null> {
  const { id, sender, recipient } = notice
  const from = notificationsFrom(parts.settings)
  if (notice.kind === 'receipt') return writeReceipt(parts, { id, receiptId: notice.tellsReceipt, from })
  if (notice.kind === 'reminder') return writeReminder(parts, { id, linkId: notice.remindsLink, from })
  const mail = openNotice(parts.keyring, notice)
  return mail && { sender, recipient, mail }
}

const tooLate = { result: 'refused', reply: 'It would have come too late.' } as const

function send(parts: CourierParts, { sender, recipient, mail }: Notice): Promise<Outcome> {
  // RFC 6531: an address with other letters needs a next hop that knows them.
  const parameters = /[^\x20-\x7e]/.test(recipient) ? ['SMTPUTF8'] : []
  return sendCopy(parts, { sender, parameters, recipient, recipientParameters: [], bytes: once(mail) })
}

async function* once(mail: Buffer): AsyncGenerator<Buffer> {
  yield mail
}
