import { findAccountSettings } from '#database/account-settings.ts'
import { findDrafts } from '#database/drafts.ts'
import { findUploads, uploadName } from '#database/uploads.ts'
import type { Account, Language, Login } from '#model.ts'
import { dateAndTime } from '#portal/pages/date-and-time.ts'
import type { ComposeView } from './compose-page.ts'
import { dayOf } from '#seal/options/expiry.ts'
import type { PortalParts } from '#portal/server/portal-parts.ts'
import { choosable, isFixed, type Choosable } from '#portal/options/choose.ts'
import type { DraftContent } from '#portal/options/draft-content.ts'
import { opened, type Draft } from './open-draft.ts'
import type { Doubt, Problem } from '#portal/pages/problem.ts'

type Parts = Pick<PortalParts, 'db' | 'settings' | 'masterKeys' | 'keyring'>

interface Shown {
  /** As the form had it; null for a message that nobody has begun to write. */
  content: DraftContent | null
  /** How often it has been saved. */
  revision: number
  problems?: Problem[]
  doubts?: Doubt[]
  saved?: boolean
}

const shownDrafts = 5
const logins: Login[] = ['recipients', 'locals', 'none']

/** A draft as its page shows it. */
export async function describeDraft(
  parts: Parts,
  { id, draft, account, language }: { id: string; draft: Draft | null; account: Account; language: Language },
  { content, revision, problems = [], doubts = [], saved = false }: Shown,
): Promise<ComposeView> {
  const { db, settings } = parts
  const own = await findAccountSettings(db, account.id)
  const uploads = draft ? await findUploads(db, id) : []
  const chosen = choosable(settings, own.defaults, { sender: account.addresses[0]!, recipients: [] })
  const beforehand = chosenBeforehand(chosen)
  const drafts = (await findDrafts(db, account.id, { limit: shownDrafts + 1 })).filter(other => other.id !== id)
  return {
    at: `/new/${id}`,
    revision,
    keptAs: `${encodeURIComponent(account.id)}/${id}`,
    content: content ?? { to: '', hidden: false, subject: '', text: '', ...beforehand },
    files: {
      at: `/new/${id}/files`,
      fileBytes: settings.compose.fileBytes,
      uploads: uploads.map(({ receivedBytes, ...upload }) => ({
        ...upload,
        name: uploadName(draft!.messageKey, upload),
        isWhole: receivedBytes === upload.sizeBytes,
      })),
    },
    security: describeSecurity(chosen, content ?? beforehand, beforehand),
    hasSignature: own.signatureText !== '',
    problems,
    doubts,
    saved,
    drafts: drafts.slice(0, shownDrafts).map(row => {
      const { subject = '' } = opened(parts, row)?.content ?? {}
      return { at: `/new/${row.id}`, subject, changed: dateAndTime(row.changedAt, language) }
    }),
  }
}

type Chosen = ComposeView['security']['content']

function chosenBeforehand({ values }: Choosable): Chosen {
  const { login, max, private: isPrivate, expires, receipt } = values
  return {
    login: login.value,
    max: max.value === null ? '' : String(max.value),
    private: isPrivate.value,
    expires: 'days' in expires.value ? dayOf(new Date(), expires.value.days) : expires.value.date,
    receipt: receipt.value,
  }
}

/** What is fixed shows what the admin has settled, whatever the form once said. */
function describeSecurity({ limits }: Choosable, content: Chosen, beforehand: Chosen): ComposeView['security'] {
  const now = new Date()
  const fixed = {
    login: isFixed('login', limits),
    max: isFixed('max', limits),
    private: isFixed('private', limits),
    expires: isFixed('expires', limits),
    receipt: isFixed('receipt', limits),
  }
  const settled = <Name extends keyof Chosen>(name: Name): Chosen[Name] => (fixed[name] ? beforehand : content)[name]
  return {
    content: {
      login: settled('login'),
      max: settled('max'),
      private: settled('private'),
      expires: settled('expires'),
      receipt: settled('receipt'),
    },
    logins: limits.login?.value ?? logins,
    fixed,
    expiresAtMostDays: limits.expiresDays.value,
    firstDay: dayOf(now),
    lastDay: dayOf(now, limits.expiresDays.value),
    maxAtMost: limits.max?.value ?? null,
  }
}
