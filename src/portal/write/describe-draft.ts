import { findAccountSettings } from '#database/account-settings.ts'
import { findDrafts } from '#database/drafts.ts'
import { findUploads, uploadName } from '#database/uploads.ts'
import type { Account, Language } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import type { ComposeView } from './compose-page.ts'
import { isSettled } from '#options/limits.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { choosable, type Choosable } from '#portal/options/choose.ts'
import type { StoredContent } from '#portal/options/draft-content.ts'
import { forEachField, typedValues, type FormValues } from '#portal/options/form-values.ts'
import { opened, type Draft } from './open-draft.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'

type Deps = Pick<PortalDeps, 'db' | 'settings' | 'masterKeys' | 'keyring'>

interface Shown {
  /** As the form had it; null for a message that nobody has begun to write. */
  content: StoredContent | null
  /** How often it has been saved. */
  revision: number
  problems?: Problem[]
  doubts?: Doubt[]
  saved?: boolean
}

const shownDrafts = 5

/** A draft as its page shows it. */
export async function describeDraft(
  deps: Deps,
  { id, draft, account, language }: { id: string; draft: Draft | null; account: Account; language: Language },
  { content, revision, problems = [], doubts = [], saved = false }: Shown,
): Promise<ComposeView> {
  const { db, settings } = deps
  const own = await findAccountSettings(db, account.id)
  const uploads = draft ? await findUploads(db, id) : []
  const chosen = choosable(settings, own.defaults, { sender: account.addresses[0]!, recipients: [] })
  const now = new Date()
  const beforehand = typedValues(chosen.values, now)
  const written = { to: '', hidden: false, subject: '', text: '', ...beforehand, ...content }
  const drafts = (await findDrafts(db, account.id, { limit: shownDrafts + 1 })).filter(other => other.id !== id)
  return {
    at: `/new/${id}`,
    revision,
    keptAs: `${encodeURIComponent(account.id)}/${id}`,
    content: written,
    files: {
      at: `/new/${id}/files`,
      fileBytes: settings.compose.fileBytes,
      uploads: uploads.map(({ receivedBytes, ...upload }) => ({
        ...upload,
        name: uploadName(draft!.messageKey, upload),
        isWhole: receivedBytes === upload.sizeBytes,
      })),
    },
    security: { typed: asSettled(chosen, written, beforehand), limits: chosen.limits, now },
    hasSignature: own.signatureText !== '',
    problems,
    doubts,
    saved,
    drafts: drafts.slice(0, shownDrafts).map(row => {
      const { subject = '' } = opened(deps, row)?.content ?? {}
      return { at: `/new/${row.id}`, subject, changed: dateAndTime(row.changedAt, language) }
    }),
  }
}

/** What is settled shows what the admin has settled, whatever the form once said. */
function asSettled({ limits }: Choosable, written: FormValues, beforehand: FormValues): FormValues {
  return forEachField<FormValues>(name => (isSettled(name, limits) ? beforehand : written)[name])
}
