import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import { postponeDelivery, settleDelivery, type ClaimedDelivery } from '#database/deliveries.ts'
import { insertNotice } from '#database/notices.ts'
import { isFailure } from '#failure.ts'
import type { Parts } from '#parts.ts'
import { openSealed } from '#objects/sealed-objects.ts'
import { writeDeliveryStatus } from './bounce/delivery-status.ts'
import { findCopy, type CopyToWrite, type ExpiredCopy } from './claim/find-copy.ts'
import { pauseSeconds } from './claim/pause.ts'
import { rewrite } from './rewrite/rewrite.ts'
import { verifyCopy } from './rewrite/verify-copy.ts'
import { sendCopy, type Outcome } from './send/send-copy.ts'

export type CourierParts = Pick<Parts, 'settings' | 'log' | 'db' | 'objects' | 'nextHop' | 'masterKeys' | 'linkKey'>

/** The path of one copy that goes out: it has been claimed; each further step is the folder of the same name. */
export async function deliverMail(parts: CourierParts, claimed: ClaimedDelivery): Promise<void> {
  const copy = await findCopy({ ...parts, portalUrl: parts.settings.portal.url }, claimed.linkId)
  if (!copy) {
    await settleDelivery(parts.db, claimed, 'bounced', 'The message was withdrawn before this copy could be sent.')
    return
  }
  if (!copy.messageKey) {
    // Its sender has our 250 and believes that it arrived.
    return bounce(parts, claimed, copy, { reply: 'The message expired before this copy could be delivered.' })
  }
  const outcome = await sendCopy(parts.nextHop, {
    sender: copy.message.sender,
    parameters: copy.message.envelopeParameters,
    recipient: copy.link.recipient,
    recipientParameters: copy.link.recipientParameters,
    bytes: writeCopy(parts, copy),
  }).catch((error: unknown): Outcome => {
    parts.log.error({ err: error, delivery: claimed.id, message: copy.message.id }, 'a copy could not be written')
    return { result: 'later', reply: 'The copy could not be written; the log of Kuvert says why.' }
  })
  await settle(parts, claimed, copy, outcome)
}

async function* writeCopy(parts: CourierParts, copy: CopyToWrite): AsyncGenerator<Buffer> {
  const { message, files, link, url } = copy
  const slots = message.slimSlots
  const facts = {
    message: { ...message, slots },
    files,
    link: { ...link, url },
    organisation: parts.settings.organisation,
  }
  yield* verifyCopy(rewrite(facts, await openSlim(parts, copy)))
}

function openSlim(parts: CourierParts, { message, messageKey }: CopyToWrite, upToBytes = Infinity): Promise<Readable> {
  const { slimObjectKey: objectKey, slimSizeBytes: sizeBytes } = message
  const sealed = { objectKey, sizeBytes, key: messageKey, associatedData: Buffer.from(objectKey) }
  return openSealed(parts.objects, sealed, { start: 0, end: Math.min(sizeBytes, upToBytes) })
}

async function settle(
  parts: CourierParts,
  claimed: ClaimedDelivery,
  copy: CopyToWrite,
  outcome: Outcome,
): Promise<void> {
  const about = { delivery: claimed.id, message: copy.message.id, reply: outcome.reply }
  if (outcome.result === 'sent') {
    await settleSent(parts, claimed, outcome.reply)
    parts.log.info(about, 'a copy has been handed over')
  } else if (outcome.result === 'later' && ageHours(claimed) < parts.settings.courier.giveUpHours) {
    await postponeDelivery(parts.db, claimed, pauseSeconds(claimed.attempts), outcome.reply)
    parts.log.warn(about, 'a copy could not be handed over yet')
  } else {
    const refused = outcome.result === 'refused'
    await bounce(parts, claimed, copy, { reply: outcome.reply, refused })
    parts.log.warn(about, 'a copy could not be handed over; its sender is told')
  }
}

function ageHours(claimed: ClaimedDelivery): number {
  return (Date.now() - claimed.createdAt.getTime()) / 3_600_000
}

const settleAttempts = 3

/** A copy that the next hop has is not sent again because the database is away for a moment. */
async function settleSent(parts: CourierParts, claimed: ClaimedDelivery, reply: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const ours = await settleDelivery(parts.db, claimed, 'sent', reply)
      if (!ours)
        parts.log.warn({ delivery: claimed.id }, 'a copy was taken up by somebody else while it was handed over')
      return
    } catch (error) {
      if (!isFailure(error, 'DATABASE_AWAY') || attempt === settleAttempts) throw error
      await pause(attempt * 1000)
    }
  }
}

/** Of the mail's own header section, as much as a notification may quote from. */
const quotedBytes = 64 * 1024

/** The delivery is settled and the sender's notification queued in one transaction: neither without the other. */
async function bounce(
  parts: CourierParts,
  claimed: ClaimedDelivery,
  copy: CopyToWrite | ExpiredCopy,
  { reply, refused = false }: { reply: string; refused?: boolean },
): Promise<void> {
  const { message, link } = copy
  const { gateway, courier } = parts.settings
  const mail = writeDeliveryStatus({
    message,
    link,
    reply,
    gaveUpAfterHours: refused ? null : Math.max(1, Math.round(ageHours(claimed))),
    hostname: gateway.hostname,
    from: courier.notificationsFrom ?? `kuvert@${gateway.hostname}`,
    now: new Date(),
    ...(copy.messageKey ? await readSlimStart(parts, copy) : {}),
  })
  await parts.db.transaction(async tx => {
    const ours = await settleDelivery(tx, claimed, 'bounced', reply)
    if (ours && mail) await insertNotice(tx, { sender: '', recipient: message.sender, mail })
  })
}

/** An object that is lost may be why we give up: the sender is told all the same. */
async function readSlimStart(parts: CourierParts, copy: CopyToWrite): Promise<{ slimStart?: Buffer }> {
  try {
    return { slimStart: await buffer(await openSlim(parts, copy, quotedBytes)) }
  } catch (error) {
    parts.log.warn({ err: error, message: copy.message.id }, 'a notification cannot quote its mail')
    return {}
  }
}
