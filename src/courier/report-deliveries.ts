import { buffer } from 'node:stream/consumers'
import { unwrapKey } from '#crypto/message-key.ts'
import { findMessage, findSlim, type MessageRow } from '#database/messages.ts'
import type { Attempt } from '#database/deliveries.ts'
import { insertNotice } from '#database/notices.ts'
import {
  findMessagesToReport,
  findUnreportedDeliveries,
  isAnythingUnreported,
  noteDelays,
  takeReports,
  type UnreportedDelivery,
} from '#database/reports.ts'
import { isFailure } from '#failure.ts'
import { notificationsFrom } from '#settings/notifications-from.ts'
import { openSlim } from '#objects/slim-mail.ts'
import { writeDeliveryStatus, type ReportedRecipient, type ReportKind } from '#courier/reports/delivery-status.ts'
import { wants } from '#courier/reports/dsn-parameters.ts'
import type { CourierDeps } from './courier-deps.ts'
import { unreachable } from '#courier/send/send-copy.ts'

/** Nothing is handed over here. */
type ReportDeps = Omit<CourierDeps, 'cut'>

const atOnce = 50

/**
 * Tells senders what there is to tell: one notification for each message and kind of news. True where something is left,
 * which waits for other copies of its message.
 */
export async function reportDeliveries(deps: ReportDeps, stopped?: AbortSignal): Promise<boolean> {
  const { db, settings, sendLimit } = deps
  const hours = settings.courier.warnAfterHours
  if (hours > 0) await noteDelays(db, { hours, untried: sendLimit.isAway(), limit: atOnce })
  for (const messageId of await findMessagesToReport(db, atOnce)) {
    if (stopped?.aborted) return true
    await reportMessage(deps, messageId).catch((error: unknown) => {
      // News that cannot be told is no reason to keep back that of others.
      if (isFailure(error, 'DATABASE_AWAY')) throw error
      deps.log.error({ err: error, message: messageId }, 'a notification could not be written; it will be tried again')
    })
  }
  return isAnythingUnreported(db)
}

/** The news is marked as told and its notifications are queued in one transaction: neither without the other. */
async function reportMessage(deps: ReportDeps, messageId: string): Promise<void> {
  const found = await findUnreportedDeliveries(deps.db, messageId)
  const message = await findMessage(deps, messageId)
  // Of a message that Kuvert did not write, nobody can be told.
  const mails = message ? await writeReports(deps, message, found) : []
  const told = await deps.db.transaction(async tx => {
    if (!(await takeReports(tx, found))) return false
    if (!message) return false
    for (const mail of mails)
      await insertNotice({ db: tx, keyring: deps.keyring }, { sender: '', recipient: message.sender, mail })
    return true
  })
  if (told && mails.length > 0) {
    deps.log.info({ message: messageId, recipients: found.length }, 'the sender is told what became of a message')
  }
}

const kinds: { kind: ReportKind; wanted: 'FAILURE' | 'DELAY' | 'SUCCESS' }[] = [
  { kind: 'failed', wanted: 'FAILURE' },
  { kind: 'delayed', wanted: 'DELAY' },
  { kind: 'relayed', wanted: 'SUCCESS' },
]

/** Up to one of each kind; none where nobody wants or may be told. */
async function writeReports(deps: ReportDeps, message: MessageRow, found: UnreportedDelivery[]): Promise<Buffer[]> {
  if (message.sender === '') return []
  const { gateway, courier } = deps.settings
  const now = new Date()
  const groups = kinds
    .map(({ kind, wanted }) => ({
      kind,
      recipients: found
        .filter(each => kindOf(each) === kind && wants(wanted, each.recipientParameters))
        .map((each): ReportedRecipient => ({
          ...each,
          ...(each.reply === null ? unanswered(each) : { reply: each.reply }),
          at: each.settledAt ?? now,
        })),
    }))
    .filter(({ recipients }) => recipients.length > 0)
  if (groups.length === 0) return []
  const about = {
    message,
    giveUpHours: courier.giveUpHours,
    hostname: gateway.hostname,
    from: notificationsFrom(deps.settings),
    now,
    ...(await readSlimStart(deps, message)),
  }
  return groups.map(group => writeDeliveryStatus({ ...about, ...group }))
}

function kindOf({ toReport }: UnreportedDelivery): ReportKind {
  return toReport === 'delayed' || toReport === 'relayed' ? toReport : 'failed'
}

/** A copy that was never tried is late because nothing could be tried. */
function unanswered({ toReport }: UnreportedDelivery): Attempt {
  return toReport === 'delayed' ? unreachable : { reason: null, reply: '' }
}

/** Of the mail's own header section, as much as a notification may quote from. */
const quotedBytes = 64 * 1024

/** An object that is lost may be why we gave up: the sender is told all the same. */
async function readSlimStart(deps: ReportDeps, message: MessageRow): Promise<{ slimStart?: Buffer }> {
  if (!message.wrappedKey || message.endedAt) return {}
  try {
    const messageKey = unwrapKey(deps.masterKeys, message.id, { keyId: message.keyId, wrapped: message.wrappedKey })
    const slim = await findSlim(deps.db, message)
    return { slimStart: await buffer(await openSlim(deps.objects, slim, messageKey, quotedBytes)) }
  } catch (error) {
    deps.log.warn({ err: error, message: message.id }, 'a notification cannot quote its mail')
    return {}
  }
}
