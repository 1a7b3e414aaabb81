import { randomUUID } from 'node:crypto'
import { newMessageKey } from '#crypto/message-key.ts'
import { findSameMail } from '#database/same-mail.ts'
import { canonical } from '#mail/address.ts'
import type { HeaderSection } from '#mail/header-fields.ts'
import type { ReserveSlots } from '#seal/local-dispatch.ts'
import type { EnvelopeRecipient } from '#model.ts'
import type { MailBytes, Reply } from '#next-hop/next-hop.ts'
import { announcedBytes } from '#next-hop/parameters.ts'
import { noteSteps, type NoteStep } from '#observe/steps.ts'
import type { Parts } from '#dependencies.ts'
import { allInOrder } from '#platform/all-in-order.ts'
import { addressees } from '#seal/addressees.ts'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { arrivedOf } from '#gateway/data/arrived.ts'
import { readArrivingMail, type ArrivingMail } from '#gateway/data/arriving-mail.ts'
import { ClientGone, type Client, type Transaction } from '#gateway/accept/client.ts'
import type { HeaderRoom } from '#gateway/data/header-room.ts'
import { receivedField } from '#gateway/data/received-field.ts'
import type { Spool, SpooledMail } from '#gateway/data/spool.ts'
import { relay } from '#gateway/relay/relay.ts'
import { planSettings } from '#seal/plan-mail.ts'
import type { SealWishes } from '#seal/seal-spooled.ts'
import { commit } from '#seal/commit.ts'
import { removeStored } from '#seal/store/remove-stored.ts'

/** What the gateway works with: closing it is not its affair. */
export type GatewayParts = Omit<Parts, 'close'> & { reserveSlots: ReserveSlots | null }

/** And what the mails of one gateway share. */
type MailParts = GatewayParts & { headerRoom: HeaderRoom; spool: Spool }

type Marked = Extract<Classified, { marked: true }>

/** The path of one mail that comes in; each step is the folder of the same name. Returns the final SMTP answer. */
export async function processMail(
  parts: MailParts,
  client: Client,
  transaction: Transaction,
  stream: MailBytes,
): Promise<Reply> {
  const noteStep = noteSteps(parts.log, { mail: transaction.id })
  const { makeRoom, leave } = parts.headerRoom.enter()
  try {
    noteStep('receive')
    const mail = await readArrivingMail(stream, { ...parts.settings.gateway.limits, makeRoom })
    const reply = await processArrived(parts, { client, transaction, mail, noteStep })
    noteStep('answer', { code: reply.code })
    return reply
  } finally {
    leave()
  }
}

interface Arrived {
  client: Client
  transaction: Transaction
  mail: ArrivingMail
  noteStep: NoteStep
}

async function processArrived(parts: MailParts, { client, transaction, mail, noteStep }: Arrived): Promise<Reply> {
  const { gateway } = parts.settings
  const received = receivedField(gateway.hostname, client, transaction, new Date())
  noteStep('classify')
  const arrived = arrivedOf(transaction, mail)
  const early = classify(parts.settings, arrived, new Date())
  const keyword = parts.settings.classify.keywords[0]!
  if (!early.marked && early.decideAtBytes === null) {
    noteStep('relay')
    const sizeBytes = announcedBytes(transaction.parameters)
    return await relay(transaction.nextHop, { received, bytes: mail.bytes(), sizeBytes, keyword })
  }
  noteStep('spool')
  const spooled = await parts.spool.take(mail.bytes())
  try {
    // A rule may mark a mail by its size, which is only known now.
    const classified = early.marked
      ? early
      : classify(parts.settings, { ...arrived, sizeBytes: spooled.sizeBytes, complete: true }, new Date())
    if (!classified.marked) {
      noteStep('relay')
      const { sizeBytes } = spooled
      const bytes = copied(spooled.source.stream({ start: 0, end: sizeBytes }))
      return await relay(transaction.nextHop, { received, bytes, sizeBytes, keyword })
    }
    transaction.nextHop.release()
    noteStep('seal', { sizeBytes: spooled.sizeBytes })
    const { fields, malformedLines } = arrived
    const header = { fields, malformedLines }
    const toSeal = { client, transaction, header, received, spooled, marked: classified, noteStep }
    return await parts.whenFree(() => sealMail(parts, toSeal))
  } finally {
    await spooled.close()
  }
}

/** A line that breaks may still hold what it was given when the mail is closed, and its memory is used for another. */
async function* copied(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) yield Buffer.from(block)
}

interface ToSeal {
  client: Client
  transaction: Transaction
  header: HeaderSection
  received: Buffer
  spooled: SpooledMail
  marked: Marked
  noteStep: NoteStep
}

async function sealMail(parts: GatewayParts, toSeal: ToSeal): Promise<Reply> {
  const { client, transaction, spooled, marked, noteStep } = toSeal
  // It may have waited long for its turn; a client that has given up will send the mail again.
  if (transaction.abandoned) throw new ClientGone('The client went away before its mail was sealed.')
  noteStep('addressees')
  const named = distinct(transaction.recipients)
  const addresses = named.map(recipient => recipient.address)
  const from = { sender: transaction.sender, senderAccount: client.account?.id ?? null }
  // When several parts are away, what the client hears does not depend on which of them fails first.
  const [wanted, before] = await allInOrder([
    addressees(parts, named, marked.options.login),
    // Its MTA may have missed our answer: looked up before anything is stored, and seen once more when it is committed.
    findSameMail(parts.db, { ...from, mac: spooled.mac }, addresses),
  ])
  const recipients = wanted.filter(recipient => !before.has(canonical(recipient.address)))
  if (recipients.length === 0) return sealedAlready(parts, before.get(canonical(addresses[0]!))!)
  const messageKey = newMessageKey()
  const wishes = wishesOf(parts, toSeal, messageKey)
  const stored = await parts.sealThread.seal(spooled.whereabouts, wishes, noteStep)
  const message = {
    id: randomUUID(),
    ...from,
    senderName: stored.senderName,
    subject: marked.subject,
    ...marked.options,
    private: stored.private,
    copy: stored.copy,
    slimObjectKey: stored.slim.key,
    slimSizeBytes: stored.slim.sizeBytes,
    slimSealed: stored.slim.sealed,
    slimSlots: stored.slots,
    envelopeParameters: transaction.parameters,
  }
  if (transaction.abandoned) {
    await removeStored(parts.objects, stored)
    throw new ClientGone('The client went away while its mail was sealed.')
  }
  const { files } = stored
  const sealed = { message, mac: spooled.mac, messageKey, files, recipients, address: client.remoteAddress }
  noteStep('commit', { message: message.id })
  const committed = await commit(parts, sealed)
  if (committed.recipients === 0) {
    await removeStored(parts.objects, stored)
    return sealedAlready(parts, committed.messageId)
  }
  parts.log.info(
    { message: message.id, files: files.length, recipients: committed.recipients },
    'a marked mail is sealed',
  )
  return securedAs(message.id)
}

function wishesOf({ settings }: GatewayParts, toSeal: ToSeal, messageKey: Buffer): SealWishes {
  const { transaction, header, received, marked } = toSeal
  const { changedSubject, removeFields } = marked
  return {
    settings: planSettings(settings.classify, settings.courier),
    marked: { private: marked.options.private, changedSubject, removeFields },
    header,
    sender: transaction.sender,
    received,
    messageKey,
  }
}

/** Whoever is named twice is one recipient, as they are for other mail servers, also if the two are spelled differently. */
function distinct(recipients: EnvelopeRecipient[]): EnvelopeRecipient[] {
  // The last to be entered stays, which is to be the first that was named.
  return [...new Map(recipients.toReversed().map(one => [canonical(one.address), one])).values()].toReversed()
}

function sealedAlready(parts: GatewayParts, messageId: string): Reply {
  parts.log.info({ message: messageId }, 'a marked mail came again, and has been sealed already')
  return securedAs(messageId)
}

function securedAs(messageId: string): Reply {
  return { code: 250, lines: [`2.0.0 Secured as ${messageId}`] }
}
