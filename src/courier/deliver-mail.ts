import { setTimeout as pause } from 'node:timers/promises'
import {
  postponeDelivery,
  settleDelivery,
  type Attempt,
  type ClaimedDelivery,
  type Settlement,
} from '#database/deliveries.ts'
import { isFailure } from '#failure.ts'
import type { FreshCopy } from '#seal/local-dispatch.ts'
import { openSlim } from '#objects/slim-mail.ts'
import { noteSteps, type NoteStep } from '#observe/steps.ts'
import { wants } from '#courier/reports/dsn-parameters.ts'
import { findCopy, readyCopy, type CopyToWrite } from '#courier/claim/find-copy.ts'
import { retryPauseUntil } from '#courier/claim/retry-pause.ts'
import { asNewMail } from '#courier/rewrite/new-mail.ts'
import { rewrite } from '#courier/rewrite/rewrite.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import { sendCopy, type Outcome } from '#courier/send/send-copy.ts'
import type { CourierDeps } from './courier-deps.ts'

/** What became of a delivery: whether it has ended for good, and whether there is now something to tell its sender. */
export interface Delivered {
  isSettled: boolean
  isNews: boolean
}

const quietly: Delivered = { isSettled: true, isNews: false }
const postponed: Delivered = { isSettled: false, isNews: false }

/**
 * The path of one copy that goes out: it has been claimed, or is fresh from whoever sealed it; each further step is the
 * folder of the same name.
 */
export async function deliverMail(
  deps: CourierDeps,
  claimed: ClaimedDelivery,
  fresh: FreshCopy | null,
): Promise<Delivered> {
  const noteStep = noteSteps(deps.log, { delivery: claimed.id })
  noteStep('claim', { attempt: claimed.attempts, fresh: fresh !== null })
  const findDeps = { ...deps, portalUrl: deps.settings.portal.url }
  const copy = fresh ? readyCopy(findDeps, fresh) : await findCopy(findDeps, claimed.linkId)
  if (!copy) {
    noteStep('settle', { result: 'withdrawn' })
    const reply = 'The message was withdrawn before this copy could be sent.'
    await settleDelivery(deps.db, claimed, { state: 'bounced', reason: 'withdrawn', reply, toReport: null })
    return quietly
  }
  if (copy.state === 'expired') {
    noteStep('settle', { result: 'expired' })
    // Its sender has our 250 and believes that it arrived.
    const reply = 'The message expired before this copy could be delivered.'
    const settlement = { state: 'bounced', reason: 'expired', reply, toReport: 'given-up' } as const
    const isNews = await settleDelivery(deps.db, claimed, settlement)
    return { isSettled: true, isNews }
  }
  if (copy.state === 'locked') {
    noteStep('settle', { result: 'locked' })
    // It is tried until it expires: the key may have been left out of the configuration by mistake.
    const reply = `The ${copy.missing} is missing in the configuration.`
    await postpone(deps, claimed, { reason: 'key-missing', reply })
    return postponed
  }
  if (copy.state === 'forged') {
    noteStep('settle', { result: 'forged' })
    // Nothing is mailed to somebody whom Kuvert did not write down. It waits for the admin, who may put the rows right.
    const reply = 'Something in the database is not as Kuvert wrote it; the log says what.'
    return later(deps, claimed, { reason: 'not-genuine', reply })
  }
  noteStep('send', { message: copy.message.id })
  const outcome = await sendCopy(deps, {
    sender: copy.message.sender,
    parameters: copy.message.envelopeParameters,
    recipient: copy.link.recipient,
    recipientParameters: copy.link.recipientParameters,
    bytes: writeCopy(deps, copy, claimed, noteStep),
  }).catch((error: unknown): Outcome => {
    deps.log.error({ err: error, delivery: claimed.id, message: copy.message.id }, 'a copy could not be written')
    const reply = 'The copy could not be written; the log of Kuvert says why.'
    return { result: 'later', reason: 'failed', reply, reportsItself: false }
  })
  noteStep('settle', { result: outcome.result })
  return settle(deps, claimed, copy, outcome)
}

async function* writeCopy(
  deps: CourierDeps,
  copy: CopyToWrite,
  { id, kind, createdAt }: ClaimedDelivery,
  noteStep: NoteStep,
): AsyncGenerator<Buffer> {
  noteStep('rewrite')
  const { message, files, slim, link, url } = copy
  const slots = message.slimSlots
  const facts = {
    message: { ...message, slots },
    files,
    link: { ...link, url },
    organisation: deps.settings.organisation,
  }
  const written = rewrite(facts, await openSlim(deps.objects, slim, copy.messageKey))
  // The same whenever this delivery is tried again, so that it is known as the same mail.
  const messageId = `${id}@${deps.settings.gateway.hostname}`
  const onlyTo = kind === 'added' ? link.recipient : null
  yield* verifyCopy(kind === 'first' ? written : asNewMail(written, { messageId, date: createdAt, onlyTo }))
  noteStep('verify')
}

async function settle(
  deps: CourierDeps,
  claimed: ClaimedDelivery,
  copy: CopyToWrite,
  outcome: Outcome,
): Promise<Delivered> {
  const { reason, reply, result } = outcome
  const about = { delivery: claimed.id, message: copy.message.id, reply }
  if (result === 'sent') {
    // RFC 3461 section 5.2.2: a next hop without DSN tells nobody that it arrived.
    const isOurs = !outcome.reportsItself && wants('SUCCESS', copy.link.recipientParameters)
    await settleSent(deps, claimed, { state: 'sent', reason, reply, toReport: isOurs ? 'relayed' : null })
    deps.log.info(about, 'a copy has been handed over')
    return { isSettled: true, isNews: isOurs }
  }
  if (result === 'cut') {
    await postponeDelivery(deps.db, claimed, 0, outcome)
    deps.log.warn(about, 'a copy was cut off while it was handed over; it is due again')
    return postponed
  }
  if (result === 'later' && Date.now() < giveUpAt(deps, claimed).getTime()) {
    await postpone(deps, claimed, outcome)
    deps.log.warn(about, 'a copy could not be handed over yet')
    return postponed
  }
  const toReport = result === 'refused' ? 'refused' : 'given-up'
  await settleDelivery(deps.db, claimed, { state: 'bounced', reason, reply, toReport })
  deps.log.warn(about, 'a copy could not be handed over; its sender is told')
  return { isSettled: true, isNews: true }
}

/** Tries a copy again later, or gives it up. */
async function later(deps: CourierDeps, claimed: ClaimedDelivery, attempt: Attempt): Promise<Delivered> {
  if (Date.now() < giveUpAt(deps, claimed).getTime()) {
    await postpone(deps, claimed, attempt)
    return postponed
  }
  const isNews = await settleDelivery(deps.db, claimed, { ...attempt, state: 'bounced', toReport: 'given-up' })
  return { isSettled: true, isNews }
}

async function postpone(deps: CourierDeps, claimed: ClaimedDelivery, attempt: Attempt): Promise<void> {
  const pauseSeconds = retryPauseUntil(giveUpAt(deps, claimed), claimed.attempts, deps.settings.courier)
  await postponeDelivery(deps.db, claimed, pauseSeconds, attempt)
}

function giveUpAt({ settings }: CourierDeps, { createdAt }: ClaimedDelivery): Date {
  return new Date(createdAt.getTime() + settings.courier.giveUpHours * 3_600_000)
}

const settleAttempts = 3

/** A copy that the next hop has is not sent again because the database is away for a moment. */
async function settleSent(deps: CourierDeps, claimed: ClaimedDelivery, settlement: Settlement): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const ours = await settleDelivery(deps.db, claimed, settlement)
      if (!ours)
        deps.log.warn({ delivery: claimed.id }, 'a copy was taken up by somebody else while it was handed over')
      return
    } catch (error) {
      if (!isFailure(error, 'DATABASE_AWAY') || attempt === settleAttempts) throw error
      await pause(attempt * 1000)
    }
  }
}
