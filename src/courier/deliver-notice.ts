import { postponeNotice, settleNotice, type ClaimedNotice } from '#database/notices.ts'
import { pauseSeconds } from './claim/pause.ts'
import type { CourierParts } from './deliver-mail.ts'
import { sendCopy } from './send/send-copy.ts'
import { writeReminder } from './write-reminder.ts'

/** Hands over a mail that Kuvert wrote itself. One that is refused is dropped and logged: it never causes another. */
export async function deliverNotice(parts: CourierParts, claimed: ClaimedNotice): Promise<void> {
  const { sender, recipient } = claimed
  const mail = await writeMail(parts, claimed)
  if (!mail) {
    await settleNotice(parts.db, claimed, 'dropped', 'There is nothing to remind of any more.')
    return
  }
  // RFC 6531: an address with other letters needs a next hop that knows them.
  const parameters = /[^\x20-\x7e]/.test(recipient) ? ['SMTPUTF8'] : []
  const outcome = await sendCopy(parts.nextHop, {
    sender,
    parameters,
    recipient,
    recipientParameters: [],
    bytes: once(mail),
  })
  const giveUpAt =
    claimed.worthlessAt?.getTime() ?? claimed.createdAt.getTime() + parts.settings.courier.giveUpHours * 3_600_000
  if (outcome.result === 'sent') await settleNotice(parts.db, claimed, 'sent', outcome.reply)
  else if (outcome.result === 'later' && Date.now() < giveUpAt) {
    await postponeNotice(parts.db, claimed, pauseSeconds(claimed.attempts), outcome.reply)
  } else {
    await settleNotice(parts.db, claimed, 'dropped', outcome.reply)
    parts.log.warn(
      { notice: claimed.id, reply: outcome.reply },
      'a notification could not be handed over and is dropped',
    )
  }
}

/** The mail itself; null for a reminder of which there is nothing to remind any more. */
async function writeMail(
  parts: CourierParts,
  { id, sender, mail, remindsLink }: ClaimedNotice,
): Promise<Buffer | null> {
  return remindsLink === null ? mail : writeReminder(parts, { id, linkId: remindsLink, from: sender })
}

async function* once(mail: Buffer): AsyncGenerator<Buffer> {
  yield mail
}
