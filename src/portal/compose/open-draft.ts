import { newMessageKey, unwrapKey, wrapKey } from '#crypto/message-key.ts'
import { findDraft, insertDraft, updateDraft, type DraftRow } from '#database/drafts.ts'
import { Failure } from '#failure.ts'
import type { PortalParts } from '#portal/portal-parts.ts'
import { openContent, sealContent, type DraftContent } from '#portal/draft-content.ts'

type Parts = Pick<PortalParts, 'db' | 'masterKeys'>

/** A draft, opened. */
export interface Draft {
  id: string
  /** Of the message that it becomes. */
  messageKey: Buffer
  /** Null where nothing was written yet. */
  content: DraftContent | null
  changedAt: Date
}

/** What ids look like. */
export const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** The account's draft with this id, or null where there is none yet. Throws `DRAFT_UNKNOWN` for what is no id at all. */
export async function readDraft({ db, masterKeys }: Parts, id: string, accountId: string): Promise<Draft | null> {
  if (!uuid.test(id)) throw new Failure('DRAFT_UNKNOWN')
  const row = await findDraft(db, id, accountId)
  return row && opened(masterKeys, row)
}

/** The same, begun where there is none. Throws `DRAFT_UNKNOWN` where the id is somebody else's, or was sent already. */
export async function beginDraft(parts: Parts, id: string, accountId: string): Promise<Draft> {
  const before = await readDraft(parts, id, accountId)
  if (before) return before
  const { keyId, wrapped } = wrapKey(parts.masterKeys, id, newMessageKey())
  await insertDraft(parts.db, { id, accountId, keyId, wrappedKey: wrapped })
  const begun = await readDraft(parts, id, accountId)
  if (!begun) throw new Failure('DRAFT_UNKNOWN')
  return begun
}

/** Keeps what was written. */
export async function saveDraft({ db }: Pick<Parts, 'db'>, draft: Draft, content: DraftContent): Promise<void> {
  await updateDraft(db, draft.id, sealContent(draft.messageKey, draft.id, content))
}

export function opened(masterKeys: Parts['masterKeys'], row: DraftRow): Draft {
  const messageKey = unwrapKey(masterKeys, row.id, { keyId: row.keyId, wrapped: row.wrappedKey })
  const content = row.content && openContent(messageKey, row.id, row.content)
  return { id: row.id, messageKey, content, changedAt: row.changedAt }
}
