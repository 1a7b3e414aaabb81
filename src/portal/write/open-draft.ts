import { newMessageKey, unwrapKey, wrapKey } from '#crypto/message-key.ts'
import {
  countDrafts,
  findDraft,
  insertDraft,
  lockDraftsOf,
  updateDraft,
  updateDraftUnlessOvertaken,
  type DraftRow,
} from '#database/drafts.ts'
import { Failure } from '#failure.ts'
import type { PortalDeps } from '#portal/server/portal-deps.ts'
import { openContent, sealContent, type DraftContent, type StoredContent } from '#portal/options/draft-content.ts'
import { uuid } from '#platform/uuid.ts'

type Deps = Pick<PortalDeps, 'db' | 'masterKeys' | 'keyring' | 'settings'>

/** A draft, opened. */
export interface Draft {
  id: string
  accountId: string
  /** Of the message that it becomes. */
  messageKey: Buffer
  /** Null where nothing was written yet. */
  content: StoredContent | null
  changedAt: Date
  revision: number
  discardedAt: Date | null
}

/** The account's draft with this id, or null where there is none yet. Throws `DRAFT_UNKNOWN` for what is no id at all. */
export async function readDraft(
  deps: Pick<Deps, 'db' | 'masterKeys' | 'keyring'>,
  id: string,
  accountId: string,
): Promise<Draft | null> {
  if (!uuid.test(id)) throw new Failure('DRAFT_UNKNOWN')
  const row = await findDraft(deps.db, id, accountId)
  return row && opened(deps, row)
}

/**
 * The same, begun if there is none. Throws `DRAFT_UNKNOWN` if the id is somebody else's or was sent already, and
 * `DRAFTS_TOO_MANY` beyond the admin's limit: also if several are begun at the same time.
 */
export async function beginDraft(deps: Deps, id: string, accountId: string): Promise<Draft> {
  const before = await readDraft(deps, id, accountId)
  if (before) return before
  const { keyId, wrapped } = wrapKey(deps.masterKeys, ownerOf({ id, accountId }), newMessageKey())
  const { drafts: atMost } = deps.settings.compose
  await deps.db.transaction(async tx => {
    await lockDraftsOf(tx, accountId)
    if ((await countDrafts(tx, accountId)) >= atMost) throw new Failure('DRAFTS_TOO_MANY', { atMost })
    await insertDraft(tx, { id, accountId, keyId, wrappedKey: wrapped })
  })
  const begun = await readDraft(deps, id, accountId)
  if (!begun) throw new Failure('DRAFT_UNKNOWN')
  return begun
}

/** Saves what its writer asked to save. Returns the new revision. Throws `DRAFT_UNKNOWN` if the draft has gone meanwhile. */
export async function saveDraft(
  { db }: Pick<Deps, 'db'>,
  draft: Draft,
  { content, seen }: { content: DraftContent; seen: number },
): Promise<number> {
  const sealed = sealContent(draft.messageKey, draft.id, content)
  const revision = await updateDraft(db, { id: draft.id, content: sealed, seen })
  if (revision === null) throw new Failure('DRAFT_UNKNOWN')
  return revision
}

/** Saves what a page saved by itself. Returns null, or the revision that the draft has if a later save has overtaken this one. */
export async function autosaveDraft(
  { db }: Pick<Deps, 'db'>,
  draft: Draft,
  { content, revision }: { content: DraftContent; revision: number },
): Promise<number | null> {
  const sealed = sealContent(draft.messageKey, draft.id, content)
  return updateDraftUnlessOvertaken(db, { id: draft.id, content: sealed, revision })
}

/** Opens a draft. Null where it is not its account's, whatever its row says now. */
export function opened({ masterKeys, keyring }: Pick<Deps, 'masterKeys' | 'keyring'>, row: DraftRow): Draft | null {
  const { id, accountId, keyId, wrappedKey, changedAt, revision, discardedAt } = row
  try {
    const messageKey = unwrapKey(masterKeys, ownerOf(row), { keyId, wrapped: wrappedKey })
    const content = row.content && openContent(messageKey, id, row.content)
    return { id, accountId, messageKey, content, changedAt, revision, discardedAt }
  } catch (error) {
    if (!masterKeys.some(key => key.id === keyId)) throw error
    keyring.refuse('draft', id)
    return null
  }
}

/** What the key of a draft is bound to: who is shown it is decided by whose it is. */
function ownerOf({ id, accountId }: Pick<DraftRow, 'id' | 'accountId'>): string {
  return JSON.stringify(['draft', id, accountId])
}
