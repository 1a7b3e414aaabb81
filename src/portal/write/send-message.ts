import { deleteDraft } from '#database/drafts.ts'
import { uploadName, type UploadRow } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { distinctFileNames } from '#mail/file-name.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import type { StoredFile } from '#model.ts'
import { planMail, planSettings } from '#seal/plan-mail.ts'
import { commit } from '#seal/commit.ts'
import { senderName } from '#seal/store/sender-name.ts'
import { store } from '#seal/store/store.ts'
import { digestUpload } from './digest-upload.ts'
import { checkMessage, type ToCheck } from './check-message.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'
import { writeMail } from './write-mail.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'

/** What became of it: sent; not, and why; or not yet, since it may not be what was meant. */
export type SendResult = { sent: true } | { problems: Problem[] } | { doubts: Doubt[] }

/** A message that is to be sent. */
export interface ToSend extends ToCheck {
  /** Whether the doubts were pointed out before, and it is to be sent all the same. */
  confirmed: boolean
  /** The client's. */
  address: string
}

/** The path of a message that is written in the portal: the same message, links, courier and counting as a marked mail's. */
export async function sendMessage(parts: PortalParts, toSend: ToSend): Promise<SendResult> {
  const { account, draft, content } = toSend
  const checked = await checkMessage(parts, toSend)
  if ('problems' in checked) return checked
  const { options, recipients, uploads, doubts, signature } = checked
  if (doubts.length > 0 && !toSend.confirmed) return { doubts }
  const sender = account.addresses[0]!
  const mail = await writeMail({
    from: { name: account.name, address: sender },
    recipients: recipients.map(recipient => recipient.address),
    hidden: content.hidden,
    subject: content.subject.trim(),
    text: content.text,
    signature,
    hostname: parts.settings.hostname,
    date: new Date(),
  })
  const source = mailFromBuffer(mail)
  const wanted = { private: options.private, changedSubject: null, removeFields: [], hasOtherFiles: uploads.length > 0 }
  const { fields, plan } = await planMail(planSettings(parts.settings.classify, parts.settings), source, wanted)
  const uploaded = await filesOf(parts, draft, uploads, plan.files.length)
  const stored = await store(parts.objects, draft.messageKey, source, plan)
  const message = {
    id: draft.id,
    sender,
    senderName: senderName(fields, sender),
    senderAccount: account.id,
    subject: content.subject.trim(),
    ...options,
    private: plan.files.some(file => file.kind === 'body'),
    copy: plan.copy,
    slimObjectKey: stored.slim.key,
    slimSizeBytes: stored.slim.sizeBytes,
    slimSealed: stored.slim.sealed,
    slimSlots: plan.slots,
    envelopeParameters: [],
  }
  await commit(parts, {
    message,
    messageKey: draft.messageKey,
    files: [...stored.files, ...uploaded],
    recipients,
    address: toSend.address,
    // Nobody's MTA sends it again: the draft goes with the first time.
    mac: null,
    also: async tx => {
      if (!(await deleteDraft(tx, draft.id, account.id))) throw new Failure('DRAFT_UNKNOWN')
    },
  })
  parts.log.info(
    { message: draft.id, account: account.id, recipients: recipients.length },
    'A message is sent from the portal',
  )
  return { sent: true }
}

/** What was uploaded, as files of the message, after those that its text becomes. */
async function filesOf(
  { objects: storage }: Pick<PortalParts, 'objects'>,
  { messageKey }: ToSend['draft'],
  uploads: UploadRow[],
  from: number,
): Promise<StoredFile[]> {
  const names = distinctFileNames(uploads.map(upload => uploadName(messageKey, upload)))
  const files: StoredFile[] = []
  // One after the other: each is read whole.
  for (const [index, { id, mediaType, sizeBytes, objects }] of uploads.entries()) {
    const digest = await digestUpload(storage, messageKey, objects)
    const named = { id, kind: 'attachment' as const, position: from + index, name: names[index]!, mediaType }
    files.push({ ...named, stillEncoded: false, sizeBytes, ...digest, objects })
  }
  return files
}
