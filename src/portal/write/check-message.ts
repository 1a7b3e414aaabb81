import { findAccountSettings } from '#database/account-settings.ts'
import { findContacts } from '#database/contacts.ts'
import { findUploads, uploadName, type UploadRow } from '#database/uploads.ts'
import type { Account } from '#model.ts'
import type { Options } from '#options/option-records.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import type { Addressee } from '#seal/addressees.ts'
import { choosable, settleOptions } from '#portal/options/choose.ts'
import type { DraftContent } from '#portal/options/draft-content.ts'
import type { Draft } from './open-draft.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'
import { findAddressees } from '#portal/recipients/find-addressees.ts'
import { readRecipients } from '#portal/recipients/read-recipients.ts'
import { safeSignature } from '#portal/view/safe-signature.ts'

type Deps = Pick<PortalDeps, 'db' | 'directory' | 'settings'>

/** What somebody wants to send. */
export interface ToCheck {
  account: Account
  draft: Draft
  content: DraftContent
}

/** A message that can be sent, and what may not be as it was meant. */
export interface Checked {
  options: Options
  recipients: Addressee[]
  uploads: UploadRow[]
  doubts: Doubt[]
  signature: { text: string; html: string }
}

/** Reads the form of a message, and tells everything that keeps it from being sent at once. */
export async function checkMessage(
  deps: Deps,
  { account, draft, content }: ToCheck,
): Promise<Checked | { problems: Problem[] }> {
  const { db, settings } = deps
  const typed = readRecipients(content.to, await findContacts(db, account.id))
  const uploads = await findUploads(db, draft.id)
  const own = await findAccountSettings(db, account.id)
  const envelope = { sender: account.addresses[0]!, recipients: typed.addresses }
  const settled = settleOptions(settings, choosable(settings, own.defaults, envelope), {
    content,
    own: own.defaults,
    now: new Date(),
  })
  const problems: Problem[] = []
  if (typed.unknown.length > 0) problems.push({ field: 'to', what: 'not an address', entries: typed.unknown })
  else if (typed.addresses.length === 0) problems.push({ field: 'to', what: 'no recipient' })
  const { recipients: atMost } = settings.compose
  if (typed.addresses.length > atMost) problems.push({ field: 'to', what: 'too many recipients', atMost })
  if (content.text.trim() === '' && uploads.length === 0) problems.push({ field: 'text', what: 'nothing to send' })
  const cut = uploads.filter(upload => upload.receivedBytes < upload.sizeBytes)
  if (cut.length > 0)
    problems.push({ field: 'files', what: 'not whole', names: cut.map(upload => uploadName(draft.messageKey, upload)) })
  if ('problems' in settled) problems.push(...settled.problems)
  if (problems.length > 0 || 'problems' in settled) return { problems }
  const recipients = await findAddressees(deps, typed.addresses, settled.options.login)
  if ('what' in recipients) return { problems: [recipients] }
  const signature = { text: own.signatureText, html: safeSignature(own.signatureHtml) }
  const doubts = await findDoubts(deps, { recipients, options: settled.options, hasFiles: uploads.length > 0 })
  return { options: settled.options, recipients, uploads, signature, doubts }
}

async function findDoubts(
  { directory }: Deps,
  { recipients, options, hasFiles }: Pick<Checked, 'recipients' | 'options'> & { hasFiles: boolean },
): Promise<Doubt[]> {
  const addresses = recipients.map(recipient => recipient.address)
  const doubts: Doubt[] = []
  if (options.login === 'none') {
    // Nobody is asked to log in, so that it did not matter until now who could.
    const locals = await directory.findLocals(addresses)
    if (locals.size > 0) doubts.push({ what: 'locals without login', recipients: [...locals] })
  } else {
    const outsiders = recipients.filter(recipient => !recipient.isLocal).map(recipient => recipient.address)
    if (outsiders.length > 0) doubts.push({ what: 'outsiders need a code', recipients: outsiders })
  }
  if (!hasFiles && !options.private) doubts.push({ what: 'text becomes private' })
  return doubts
}
