import { randomUUID } from 'node:crypto'
import { newMessageKey } from '#crypto/message-key.ts'
import { findSameMail, type SealedBefore } from '#database/same-mail.ts'
import type { Directory } from '#directory/directory.ts'
import { canonical } from '#mail/address.ts'
import { BrokenEncoding } from '#mail/broken-encoding.ts'
import type { HeaderField, HeaderSection } from '#mail/header-fields.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { piecesSize } from '#mail/pieces.ts'
import { guessDecoded, measureDecoded } from '#mail/transfer-encoding.ts'
import type { Envelope, EnvelopeRecipient, Plan, StoredFile } from '#model.ts'
import type { Objects } from '#objects/objects.ts'
import { noteNothing, type NoteStep } from '#observe/steps.ts'
import type { Options } from '#options/option-records.ts'
import { allInOrder } from '#platform/all-in-order.ts'
import type { Settings } from '#settings/schema.ts'
import type { Measure } from '#seal/plan/plan-files.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { removeStored, store } from '#seal/store/store.ts'
import { addressees } from './addressees.ts'
import { commit, messageOf, type CommitDeps, type SealedMail } from './commit.ts'
import { planMail, type PlannedMail } from './plan-mail.ts'
import type { MailToSeal, SealedParts, SealThread, SealWishes } from './seal-thread.ts'

/** The settings that decide what becomes of a marked mail. */
interface PlanningSettings {
  classify: Pick<Settings['classify'], 'wholeMails' | 'inlineImages'>
  courier: Pick<Settings['courier'], 'linkBlock'>
}

interface SealDeps extends CommitDeps {
  settings: PlanningSettings & Pick<Settings, 'outsiders'>
  directory: Pick<Directory, 'findLocals'>
  objects: Pick<Objects, 'remove'>
  sealThread: Pick<SealThread, 'seal'>
}

/** A message that is asked for: from whom, with which options, and what its copies must not carry. */
interface Wanted {
  envelope: Envelope
  /** Null if the sender has not logged in: an MTA of a trusted network. */
  senderAccount: string | null
  /** Decoded and without the mark. */
  subject: string
  options: Options
  /** The new text of the Subject field; null if the field stays as it is. */
  changedSubject: string | null
  /** Lower-case names of header fields that copies must not carry. */
  removeFields: string[]
  /** Of the mail, if it has been read already. */
  header?: HeaderSection
}

/** A mail that is to be sealed. */
export interface ToSeal extends Wanted {
  mail: MailToSeal
  /** The Received field to put on top of the copies. */
  received?: Uint8Array
  /** Of the mail as it came (#crypto/fingerprint.ts), to recognise it; null for a mail that nobody sends again. */
  mac: string | null
  /** The client's address, for the audit. */
  address: string
  /** The id and key of the message, if it has them already. */
  message?: { id: string; key: Buffer }
  /** Files of the message that are not in the mail. They were stored before, under the key of the message. */
  otherFiles?: Omit<StoredFile, 'position'>[]
  /** Is called when all is stored. If it throws, nothing is committed, and what was stored of the mail is removed. */
  beforeCommit?: () => void
  /** Is written in the transaction of the message. */
  also?: SealedMail['also']
}

/** The message that the recipients have. For 0 recipients, it was sealed before, and nothing was written now. */
export interface Sealed {
  messageId: string
  files: number
  recipients: number
}

/**
 * The one door of sealing, for mails and for messages of the portal: judges the recipients, leaves out those who have the
 * same mail already, splits, plans and stores the mail, and commits the message. When it resolves, Kuvert has taken over
 * the mail. Throws what `addressees`, `planMail`, `store` and `commit` throw.
 */
export async function sealMail(deps: SealDeps, toSeal: ToSeal, noteStep: NoteStep = noteNothing): Promise<Sealed> {
  noteStep('addressees')
  const { recipients, earlierId } = await findRecipients(deps, toSeal)
  if (recipients.length === 0) return { messageId: earlierId!, files: 0, recipients: 0 }
  const { id, key } = toSeal.message ?? { id: randomUUID(), key: newMessageKey() }
  const wishes = { ...wishesOf(deps.settings, toSeal), messageKey: key }
  const stored = await deps.sealThread.seal(toSeal.mail, wishes, noteStep)
  try {
    toSeal.beforeCommit?.()
  } catch (error) {
    await removeStored(deps.objects, stored)
    throw error
  }
  const files = [...stored.files, ...(toSeal.otherFiles ?? [])].map((file, position) => ({ ...file, position }))
  const { mac, address, also } = toSeal
  noteStep('commit', { message: id })
  const message = messageOf(toSeal, id, stored)
  const committed = await commit(deps, { message, mac, messageKey: key, files, recipients, address, also })
  if (committed.recipients === 0) await removeStored(deps.objects, stored)
  return { ...committed, files: files.length }
}

/** Splits, plans and stores a mail, in the thread that seals. If it throws, nothing is left in the storage. */
export async function storeMail(
  objects: Objects,
  source: MailSource,
  wishes: SealWishes,
  noteStep: NoteStep = noteNothing,
): Promise<SealedParts> {
  const { settings, marked, header, sender, received, messageKey } = wishes
  const storeAs = async (measure: Measure): Promise<SealedParts> => {
    const { fields, plan } = await planMail(settings, source, marked, { header, measure, noteStep })
    noteStep('store')
    const { slim, slots } = received ? withOnTop(Buffer.from(received), plan) : plan
    const stored = await store(objects, Buffer.from(messageKey), source, { ...plan, slim })
    return { ...describe(fields, sender, { ...plan, slots }), ...stored }
  }
  try {
    return await storeAs(guessDecoded)
  } catch (error) {
    // A part is not what its ends look like: it is read once more to plan with.
    if (error instanceof BrokenEncoding) return storeAs(measureDecoded)
    throw error
  }
}

/** Plans a mail as `sealMail` does, and describes the message. Stores and commits nothing, and asks nobody. */
export async function planOnly(
  settings: PlanningSettings,
  source: MailSource,
  wanted: Wanted,
): Promise<Pick<PlannedMail, 'plan' | 'root' | 'why'> & Pick<SealedMail, 'message'>> {
  const { settings: planned, marked, header, sender } = wishesOf(settings, wanted)
  const { fields, root, why, plan } = await planMail(planned, source, marked, { header })
  const slim = { key: '', sizeBytes: piecesSize(plan.slim), sealed: null }
  return { message: messageOf(wanted, randomUUID(), { ...describe(fields, sender, plan), slim }), plan, root, why }
}

/**
 * The recipients of the message: all but those who have the same mail already, as the sender's MTA may have missed our
 * answer; and the message that the first one has. `commit` looks once more.
 */
async function findRecipients(deps: SealDeps, { envelope, senderAccount, options, mac }: ToSeal) {
  const named = distinct(envelope.recipients)
  const addresses = named.map(recipient => recipient.address)
  const from = { sender: envelope.sender, senderAccount }
  const [wanted, before] = await allInOrder([
    addressees(deps, named, options.login),
    mac === null ? neverBefore : findSameMail(deps.db, { ...from, mac }, addresses),
  ])
  const recipients = wanted.filter(recipient => !before.has(canonical(recipient.address)))
  return { recipients, earlierId: before.get(canonical(addresses[0]!)) }
}

const neverBefore: Promise<SealedBefore> = Promise.resolve(new Map())

/** Whoever is named twice is one recipient, as they are for other mail servers, also if the two are spelled differently. */
function distinct(recipients: EnvelopeRecipient[]): EnvelopeRecipient[] {
  // The last to be entered stays, which is to be the first that was named.
  return [...new Map(recipients.toReversed().map(one => [canonical(one.address), one])).values()].toReversed()
}

function wishesOf(settings: PlanningSettings, wanted: Wanted & Partial<ToSeal>): Omit<SealWishes, 'messageKey'> {
  const { classify, courier } = settings
  const { envelope, options, changedSubject, removeFields, header, received } = wanted
  const hasOtherFiles = (wanted.otherFiles ?? []).length > 0
  const marked = { private: options.private, changedSubject, removeFields, hasOtherFiles }
  const { wholeMails, inlineImages } = classify
  const planned = { linkBlock: courier.linkBlock, wholeMails, inlineImageKiB: inlineImages.maxKiB }
  return { settings: planned, marked, header, sender: envelope.sender, received }
}

/** The plan with the Received field on top of the slim mail; slots move down by its length. */
function withOnTop(received: Buffer, plan: Plan): Pick<Plan, 'slim' | 'slots'> {
  return {
    slim: [{ from: 'us', bytes: received }, ...plan.slim],
    slots: plan.slots.map(slot => ({ ...slot, offset: slot.offset + received.length })),
  }
}

function describe(fields: HeaderField[], sender: string, { files, copy, slots }: Omit<Plan, 'slim'>) {
  return { senderName: senderName(fields, sender), private: files.some(file => file.kind === 'body'), copy, slots }
}
