import { findParameter } from '#mail/parameters.ts'
import { allParts, leaves, type Part } from '#mail/part.ts'

/** Why a mail must not be taken apart. */
export type Protection = 'a digital signature' | 'encrypted text'

/** Finds what a change of the mail would break: S/MIME (RFC 8551) and PGP/MIME (RFC 3156), at any depth. */
export function findProtection(root: Part): Protection | null {
  for (const part of allParts(root)) {
    const type = part.contentType.value
    if (type === 'multipart/signed') return 'a digital signature'
    if (type === 'multipart/encrypted' || type === 'application/pgp-encrypted') return 'encrypted text'
  }
  // S/MIME in one part is the mail itself, or stands where its text would; further down it is a file.
  const first = leaves(root)[0]
  if (!first || !/^application\/(x-)?pkcs7-mime$/.test(first.contentType.value)) return null
  const kind = findParameter(first.contentType, 'smime-type')?.value.toLowerCase()
  // RFC 8551 section 3.2.2: certificates by themselves, or only compressed, are a file like any other.
  if (kind === 'certs-only' || kind === 'compressed-data') return null
  return kind === 'signed-data' ? 'a digital signature' : 'encrypted text'
}

/** Finds PGP at the start of a text, as some clients write it without MIME (RFC 9580 section 6). */
export function findTextProtection(start: string): Protection | null {
  const found = /^[\s\ufeff\xef\xbb\xbf]*-----BEGIN PGP (SIGNED )?MESSAGE-----/.exec(start)
  if (!found) return null
  return found[1] ? 'a digital signature' : 'encrypted text'
}
