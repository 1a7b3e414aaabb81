import type { Keyring, RowSeal } from '#crypto/keyring.ts'
import { wrapKey, type MasterKey } from '#crypto/message-key.ts'
import type { NewAuditEntry } from '#database/audit.ts'
import { freshCopyRows } from '#database/copies.ts'
import type { Database, Queryable } from '#database/database.ts'
import type { ClaimedDelivery } from '#database/deliveries.ts'
import { sealFile } from '#database/files.ts'
import { newLink } from '#database/links.ts'
import { messageValues, type NewMessage } from '#database/messages.ts'
import { findSameMail, forgetSameMail, isSameMail, sameMailKey } from '#database/same-mail.ts'
import { writeMessage, type MessageToWrite } from '#database/write-message.ts'
import { isFailure } from '#failure.ts'
import { canonical } from '#mail/address.ts'
import type { ReserveSlots } from './local-dispatch.ts'
import type { Envelope, EnvelopeRecipient, StoredFile } from '#model.ts'
import type { Options } from '#options/option-records.ts'
import type { SealedParts } from './seal-thread.ts'

export interface CommitDeps {
  db: Database
  masterKeys: MasterKey[]
  keyring: Keyring
  /** Of the courier of this process, where there is one. */
  reserveSlots: ReserveSlots | null
}

export interface SealedMail {
  message: Omit<NewMessage, 'keyId' | 'wrappedKey' | keyof RowSeal>
  /** Of the mail as it came (#crypto/fingerprint.ts), to recognise it; null where it did not come in as a mail. */
  mac: string | null
  messageKey: Buffer
  files: StoredFile[]
  recipients: (EnvelopeRecipient & { isLocal: boolean })[]
  /** Where it came from. */
  address: string
  /** What must become so together with it, or not at all. */
  also?: (tx: Queryable) => Promise<void>
}

/** What the row of a message is built from. */
interface MessageFacts {
  envelope: Envelope
  senderAccount: string | null
  subject: string
  options: Options
}

/** The row of a message, but for its keys: the only place where one is put together. */
export function messageOf(
  { envelope, senderAccount, subject, options }: MessageFacts,
  id: string,
  sealed: Omit<SealedParts, 'files'>,
): Options & SealedMail['message'] {
  return {
    id,
    sender: envelope.sender,
    senderName: sealed.senderName,
    senderAccount,
    subject,
    // Each by its name: an option that is called like another column is then a type error, and overwrites nothing.
    login: options.login,
    max: options.max,
    receipt: options.receipt,
    lang: options.lang,
    expiresAt: options.expiresAt,
    // A text may have to be sealed although that was not asked for.
    private: sealed.private,
    copy: sealed.copy,
    slimObjectKey: sealed.slim.key,
    slimSizeBytes: sealed.slim.sizeBytes,
    slimSealed: sealed.slim.sealed,
    slimSlots: sealed.slots,
    envelopeParameters: envelope.parameters,
  }
}

/** Which message the recipients have, and for how many of them it is this one. */
export interface Committed {
  messageId: string
  recipients: number
}

/** Each time, others have committed the same mail at the same moment, for some of the recipients. */
const mostAttempts = 10

/**
 * Writes a message with its files, links, deliveries and audit entry, all or nothing. When it resolves, the mail is ours:
 * nothing but PostgreSQL and the object storage is needed to deliver it.
 *
 * Recipients that the same mail has been sealed for already are left out, also where that happens at the same moment.
 * Where nobody is left, nothing is written, and the message is the earlier one.
 */
export async function commit(deps: CommitDeps, sealed: SealedMail): Promise<Committed> {
  const { message, mac } = sealed
  let { recipients } = sealed
  for (let attempt = 1; ; attempt += 1) {
    try {
      await write(deps, { ...sealed, recipients })
      return { messageId: message.id, recipients: recipients.length }
    } catch (error) {
      if (mac === null || !isSameMail(error) || attempt === mostAttempts) throw error
      const mail = { ...message, mac }
      const addresses = recipients.map(recipient => recipient.address)
      const before = await findSameMail(deps.db, mail, addresses)
      recipients = recipients.filter(recipient => !before.has(canonical(recipient.address)))
      if (recipients.length === 0) return { messageId: before.get(canonical(addresses[0]!))!, recipients: 0 }
      await forgetSameMail(deps.db, mail, addresses)
    }
  }
}

async function write(deps: CommitDeps, sealed: SealedMail): Promise<void> {
  const { db, masterKeys, keyring, reserveSlots } = deps
  const { message, mac, messageKey, files, recipients, also } = sealed
  const { keyId, wrapped } = wrapKey(masterKeys, message.id, messageKey)
  const links = recipients.map(recipient => {
    const sameMail = mac === null ? null : sameMailKey({ ...message, mac }, recipient.address)
    return newLink(keyring, recipient, { messageId: message.id, sameMail })
  })
  const seal = keyring.seal('message', messageValues(message))
  const row = { ...message, keyId, wrappedKey: wrapped, ...seal }
  const fileRows = files.map(file => sealFile(messageKey, file, message.private))
  const rows = { message: row, files: fileRows, links, entry: sealedEntry(sealed) }
  const slots = reserveSlots?.(links.length) ?? null
  const claimed = await writeRows(db, { ...rows, lease: slots?.lease ?? null }, also).catch((error: unknown) => {
    slots?.release(isFailure(error, 'DATABASE_AWAY'))
    throw error
  })
  slots?.deliver(
    claimed.map((delivery, index) => ({
      delivery,
      rows: freshCopyRows({ message: row, files }, links[index]!),
      messageKey,
    })),
  )
}

function writeRows(db: Database, rows: MessageToWrite, also: SealedMail['also']): Promise<ClaimedDelivery[]> {
  if (!also) return writeMessage(db, rows)
  return db.transaction(async tx => {
    const claimed = await writeMessage(tx, rows)
    await also(tx)
    return claimed
  })
}

function sealedEntry({ message, files, recipients, address }: SealedMail): NewAuditEntry {
  const { id: messageId, senderAccount, login, max } = message
  const sender = canonical(message.sender)
  return {
    action: 'message-sealed',
    actor: senderAccount === null ? `sender:${sender}` : `account:${senderAccount}`,
    messageId,
    address,
    details: {
      sender,
      login,
      private: message.private,
      max: max ?? undefined,
      files: files.length,
      recipients: recipients.length,
      expiresAt: message.expiresAt.toISOString(),
    },
  }
}
