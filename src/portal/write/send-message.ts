import { deleteDraft } from '#database/drafts.ts'
import { uploadName, type UploadRow } from '#database/uploads.ts'
import { Failure } from '#failure.ts'
import { distinctFileNames } from '#mail/file-name.ts'
import type { StoredFile } from '#model.ts'
import { sealMail } from '#seal/seal-mail.ts'
import { digestUpload } from './digest-upload.ts'
import { checkMessage, type ToCheck } from './check-message.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'
import { writeMail } from './write-mail.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'

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
export async function sendMessage(deps: PortalDeps, toSend: ToSend): Promise<SendResult> {
  const { account, draft, content } = toSend
  const checked = await checkMessage(deps, toSend)
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
    hostname: deps.settings.gateway.hostname,
    date: new Date(),
  })
  await sealMail(deps, {
    mail: { bytes: mail },
    envelope: { sender, parameters: [], recipients },
    senderAccount: account.id,
    subject: content.subject.trim(),
    options,
    changedSubject: null,
    removeFields: [],
    address: toSend.address,
    message: { id: draft.id, key: draft.messageKey },
    otherFiles: await filesOf(deps, draft, uploads),
    // Nobody's MTA sends it again: the draft goes with the first time.
    mac: null,
    also: async tx => {
      if (!(await deleteDraft(tx, draft.id, account.id))) throw new Failure('DRAFT_UNKNOWN')
    },
  })
  deps.log.info(
    { message: draft.id, account: account.id, recipients: recipients.length },
    'A message is sent from the portal',
  )
  return { sent: true }
}

/** The uploads as files of the message. */
async function filesOf(
  { objects: storage }: Pick<PortalDeps, 'objects'>,
  { messageKey }: ToSend['draft'],
  uploads: UploadRow[],
): Promise<Omit<StoredFile, 'position'>[]> {
  const names = distinctFileNames(uploads.map(upload => uploadName(messageKey, upload)))
  const files: Omit<StoredFile, 'position'>[] = []
  // One after the other: each is read whole.
  for (const [index, { id, mediaType, sizeBytes, objects }] of uploads.entries()) {
    const digest = await digestUpload(storage, messageKey, objects)
    const named = { id, kind: 'attachment' as const, name: names[index]!, mediaType }
    files.push({ ...named, stillEncoded: false, sizeBytes, ...digest, objects })
  }
  return files
}
