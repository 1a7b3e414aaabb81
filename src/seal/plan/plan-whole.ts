import type { Failure } from '#failure.ts'
import { applyEdits } from './edits.ts'
import { editNoticeHeader, withoutBlindRecipients, type HeaderChanges, type HeaderPlace } from './header-edits.ts'
import { withDistinctNames } from './plan-files.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { piecesSize } from '#mail/pieces.ts'
import type { FileKind, Piece, Plan, PlannedFile } from '#model.ts'

export interface PlanSettings {
  /** Where in a text the link block is put. */
  linkBlock: 'top' | 'bottom'
  /** What becomes of mails that cannot be taken apart: signed, encrypted, or not read by everybody in one way. */
  wholeMails: 'seal' | 'refuse'
  /** The largest image with a file name that stays in a text. */
  inlineImageKiB: number
}

/**
 * Plans a mail that must not or cannot be taken apart: it is one file, without the fields that name blind
 * recipients, and the copy is a notice. Throws `why` where the settings refuse such mails.
 */
export function planWhole(
  settings: PlanSettings,
  mail: HeaderPlace & { source: MailSource },
  changes: HeaderChanges,
  { kind, why }: { kind: 'mail' | 'protected'; why: Failure },
): Plan {
  if (settings.wholeMails === 'refuse') throw why
  const { pieces } = applyEdits({ start: 0, end: mail.source.sizeBytes }, withoutBlindRecipients(mail))
  return planNotice(mail, changes, [mailAsFile(kind, pieces)])
}

/** A copy that is a header only, of fields that are known to say nothing of the text; the courier writes a notice below it. */
export function planNotice(mail: HeaderPlace, changes: HeaderChanges, files: PlannedFile[]): Plan {
  const { pieces } = applyEdits(mail.header, editNoticeHeader(mail, changes))
  return { copy: 'notice', files: withDistinctNames(files), slim: pieces, slots: [] }
}

/** The file that a whole mail, or what is left of it, is sealed in. */
export function mailAsFile(kind: Exclude<FileKind, 'attachment'>, pieces: Piece[]): PlannedFile {
  return {
    kind,
    name: 'message.eml',
    mediaType: 'message/rfc822',
    stillEncoded: false,
    sizeBytes: piecesSize(pieces),
    content: { pieces },
  }
}
