import { buffer } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import type { Logger } from 'pino'
import type { MasterKey } from '#crypto/message-key.ts'
import type { Database } from '#database/database.ts'
import { postponeDelivery, settleDelivery, type ClaimedDelivery } from '#database/deliveries.ts'
import { insertNotice } from '#database/notices.ts'
import type { NextHop } from '#next-hop/next-hop.ts'
import type { Objects } from '#objects/objects.ts'
import { openSealed } from '#objects/sealed-objects.ts'
import type { Settings } from '#settings/schema.ts'
import { writeDeliveryStatus } from './bounce/delivery-status.ts'
import { findCopy, type CopyToWrite } from './claim/find-copy.ts'
import { pauseSeconds } from './claim/pause.ts'
import { rewrite } from './rewrite/rewrite.ts'
import { verifyCopy } from './rewrite/verify-copy.ts'
import { sendCopy, type Outcome } from './send/send-copy.ts'

export interface CourierParts {
  settings: Settings
  log: Logger
  db: Database
  objects: Objects
  nextHop: NextHop
  masterKeys: MasterKey[]
  linkKey: Buffer
}

/** The path of one copy that goes out: it has been claimed; each further step is the folder of the same name. */
export async function deliverMail(parts: CourierParts, claimed: ClaimedDelivery): Promise<void> {
  const copy = await findCopy({ ...parts, portalUrl: parts.settings.portal.url }, claimed.linkId)
  if (!copy) {
    await settleDelivery(parts.db, claimed, 'bounced', 'The message had ended before this copy could be sent.')
    return
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
  const ageHours = (Date.now() - claimed.createdAt.getTime()) / 3_600_000
  if (outcome.result === 'sent') {
    await settleDelivery(parts.db, claimed, 'sent', outcome.reply)
    parts.log.info(about, 'a copy has been handed over')
  } else if (outcome.result === 'later' && ageHours < parts.settings.courier.giveUpHours) {
    await postponeDelivery(parts.db, claimed, pauseSeconds(claimed.attempts), outcome.reply)
    parts.log.warn(about, 'a copy could not be handed over yet')
  } else {
    await bounce(parts, claimed, copy, outcome)
    parts.log.warn(about, 'a copy could not be handed over; its sender is told')
  }
}

/** Of the mail's own header section, as much as a notification may quote from. */
const quotedBytes = 64 * 1024

/** The delivery is settled and the sender's notification queued in one transaction: neither without the other. */
async function bounce(
  parts: CourierParts,
  claimed: ClaimedDelivery,
  copy: CopyToWrite,
  outcome: Outcome,
): Promise<void> {
  const { message, link } = copy
  const { gateway, courier } = parts.settings
  const mail = writeDeliveryStatus({
    message,
    link,
    reply: outcome.reply,
    gaveUpAfterHours: outcome.result === 'later' ? courier.giveUpHours : null,
    hostname: gateway.hostname,
    from: courier.notificationsFrom ?? `kuvert@${gateway.hostname}`,
    now: new Date(),
    slimStart: await buffer(await openSlim(parts, copy, quotedBytes)),
  })
  await parts.db.transaction(async tx => {
    const ours = await settleDelivery(tx, claimed, 'bounced', outcome.reply)
    if (ours && mail) await insertNotice(tx, { sender: '', recipient: message.sender, mail })
  })
}
