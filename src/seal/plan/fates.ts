import { findParameter } from '#mail/parameters.ts'
import { givenName, isMultipart, type Part } from '#mail/part.ts'

/** What may become of the leaves of a mail; each is in one of the lists, in the order of the mail. */
export interface Fates {
  /** Bodies and their alternatives: they stay. */
  texts: Part[]
  /** Images that an HTML text may show, wherever they stand and whatever their disposition says. */
  images: Part[]
  /** Everything else becomes a file. */
  detached: Part[]
}

/** Where a leaf stands: shown one after the other, one of several versions of a text, or only for a text to show. */
type Place = 'shown' | 'alternative' | 'resource'

/** Types that mail programs show within a text. Others may be documents. */
const shownTypes = /^image\/(gif|png|x-png|p?jpeg|jpg|webp)$/

/** Decides by the structure of the mail alone, and for the file wherever there is doubt. */
export function decideFates(root: Part): Fates {
  const fates: Fates = { texts: [], images: [], detached: [] }
  const contentIds = new Set<string>()
  walk(root, 'shown', (leaf, place) => {
    // Of two with one Content-ID only the first is shown by some readers; the other may be anything.
    if (mayBeShown(leaf) && !contentIds.has(leaf.contentId!)) {
      contentIds.add(leaf.contentId!)
      fates.images.push(leaf)
    } else if (mayBeText(leaf, place)) fates.texts.push(leaf)
    else fates.detached.push(leaf)
  })
  return fates
}

/** The part of a multipart/related that the others belong to (RFC 2387). */
export function relatedRoot(related: Part): Part | undefined {
  const start = findParameter(related.contentType, 'start')?.value.replace(/^<|>$/g, '')
  return related.children.find(child => start !== undefined && child.contentId === start) ?? related.children[0]
}

function walk(part: Part, place: Place, visit: (leaf: Part, place: Place) => void): void {
  if (!isMultipart(part)) return visit(part, place)
  const type = part.contentType.value
  const root = type === 'multipart/related' ? relatedRoot(part) : undefined
  for (const child of part.children) {
    if (type === 'multipart/alternative') walk(child, place === 'resource' ? place : 'alternative', visit)
    else if (root) walk(child, child === root ? place : 'resource', visit)
    else walk(child, place === 'resource' ? place : 'shown', visit)
  }
}

/** True for an image that may stay in a copy if the HTML shows it: it is of a type that is shown, and has a Content-ID. */
function mayBeShown(leaf: Part): boolean {
  return leaf.contentId !== null && shownTypes.test(leaf.contentType.value)
}

/** Whoever names a text sends a file; but mail programs name the invitation that stands beside a text. */
function mayBeText(leaf: Part, place: Place): boolean {
  const type = leaf.contentType.value
  if (isAttachment(leaf) || place === 'resource' || !type.startsWith('text/')) return false
  if (place === 'alternative' && type === 'text/calendar') return true
  if (givenName(leaf) !== null) return false
  return place === 'alternative' || type === 'text/plain' || type === 'text/html'
}

/** RFC 2183 section 2.8: what is neither inline nor known is an attachment. */
function isAttachment(leaf: Part): boolean {
  return leaf.disposition !== null && leaf.disposition.value !== 'inline'
}
