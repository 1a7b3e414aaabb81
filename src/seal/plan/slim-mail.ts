import { applyEdits, removal, type Edit } from './edits.ts'
import { relatedRoot } from './fates.ts'
import { ensureMimeVersion, labelAsOurText, relabel } from './header-edits.ts'
import { marginRemovals } from './margins.ts'
import { placeSlot } from './place-slot.ts'
import { findWrappings, unwrapAll } from './unwrap.ts'
import type { BodySurvey } from './survey-body.ts'
import type { MailSource } from '#mail/mail-source.ts'
import { isMultipart, type Part } from '#mail/part.ts'
import type { Piece, Slot } from '#model.ts'

/** A mail and what stays of it. */
export interface Kept {
  root: Part
  source: MailSource
  /** Leaves that stay. */
  parts: Set<Part>
  /** What is known of the texts among them. */
  texts: Map<Part, BodySurvey>
  /** Changes that are made in any case: of the header of the mail, and of calendars. */
  always: Edit[]
}

/** The mail with only those parts that stay, and no link block. */
export function withoutSlots(kept: Kept): Piece[] {
  const { root } = kept
  const edits = stays(root, kept.parts) ? removals(root, kept.parts) : [...labelAsOurText(root), ...emptyBody(root)]
  return applyEdits(whole(kept), [...kept.always, ...edits]).pieces
}

/**
 * The same with slots for the link block, wherever a reader may see a first, or last, text. Null where there is a text
 * that nothing can be written into.
 */
export async function withSlots(
  kept: Kept,
  position: Slot['position'],
): Promise<{ slim: Piece[]; slots: Slot[] } | null> {
  const { root, source } = kept
  if (!stays(root, kept.parts)) {
    const slot = {
      kind: 'text',
      charset: 'utf-8',
      encoding: '8bit',
      flowed: false,
      // Nothing is above it.
      position: 'top',
      before: '',
      after: '',
    } as const
    const [blankLine, body] = emptyBody(root)
    return slimOf(kept, [...labelAsOurText(root), blankLine!, { ...body!, slot }])
  }
  const shown = textsAt(position, root, kept.parts)
  if (!shown || shown.length === 0) return null
  const surveyed = new Map(shown.map(part => [part, kept.texts.get(part)!]))
  const edits: Edit[] = []
  for (const [part, survey] of surveyed) {
    const edit = await placeSlot(source, part, survey, position)
    if (!edit) return null
    edits.push(edit)
  }
  const wrappings = findWrappings(root, part => stays(part, kept.parts))
  const labels = await relabel(source, surveyed, part =>
    path(root, part).filter(multipart => !wrappings.has(multipart)),
  )
  const taken = [
    ...removals(root, kept.parts, wrappings),
    ...(await unwrapAll(source, wrappings)),
    ...(await marginRemovals(source, root, part => stays(part, kept.parts) && !wrappings.has(part))),
  ]
  return slimOf(kept, [...taken, ...labels, ...ensureMimeVersion(root), ...edits])
}

function slimOf(kept: Kept, edits: Edit[]): { slim: Piece[]; slots: Slot[] } {
  const { pieces, slots } = applyEdits(whole(kept), [...kept.always, ...edits])
  return { slim: pieces, slots }
}

/** A multipart stays as long as anything in it does. */
function stays(part: Part, parts: Set<Part>): boolean {
  return isMultipart(part) ? part.children.some(child => stays(child, parts)) : parts.has(part)
}

/** Takes a part out together with the boundary line above it, so that nothing of it is left. */
function removals(part: Part, parts: Set<Part>, wrappings: Map<Part, Part> = new Map()): Edit[] {
  const only = wrappings.get(part)
  if (only) return removals(only, parts, wrappings)
  return part.children.flatMap((child, index) => {
    const next = part.children[index + 1]?.delimiterAt ?? part.closeAt
    return stays(child, parts) ? removals(child, parts, wrappings) : [removal(child.delimiterAt!, next!)]
  })
}

/** A mail that is a header only has no blank line yet. */
function emptyBody(root: Part): Edit[] {
  const hasBlankLine = root.body.start > root.header.end
  const at = { start: root.body.start, end: root.body.start }
  return [{ range: at, bytes: Buffer.from(hasBlankLine ? '' : '\r\n') }, removal(root.body.start, root.body.end)]
}

/**
 * The texts that are shown first, or last for the bottom: one, or one in each version of a multipart/alternative. Null
 * where a version that a reader may choose has none; an invitation has none, but is shown together with the text.
 */
function textsAt(position: Slot['position'], part: Part, parts: Set<Part>): Part[] | null {
  if (!stays(part, parts)) return []
  const type = part.contentType.value
  if (!isMultipart(part)) return type === 'text/plain' || type === 'text/html' ? [part] : []
  if (type === 'multipart/related') return textsAt(position, relatedRoot(part)!, parts)
  const versions = part.children.filter(child => stays(child, parts))
  if (type === 'multipart/alternative') {
    const texts = versions
      .filter(version => version.contentType.value !== 'text/calendar')
      .map(version => textsAt(position, version, parts))
    return texts.every(found => found !== null && found.length > 0) ? texts.flatMap(found => found ?? []) : null
  }
  for (const child of position === 'top' ? versions : versions.toReversed()) {
    const found = textsAt(position, child, parts)
    if (!found || found.length > 0) return found
  }
  return []
}

/** The multiparts that a part is in. */
function path(root: Part, part: Part): Part[] {
  const inside = root.children.find(child => child.header.start <= part.header.start && part.body.end <= child.body.end)
  return inside ? [root, ...path(inside, part)] : []
}

function whole({ source }: Kept) {
  return { start: 0, end: source.sizeBytes }
}
