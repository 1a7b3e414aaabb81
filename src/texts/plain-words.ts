/** Left-to-right and right-to-left marks, embeddings and isolates; invisible blanks and byte order marks. */
const misleading = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g

/**
 * Untrusted words (a file name, a subject, somebody's name, a server's reply) for one line of a mail: NFC,
 * well-formed, without control and bidi characters; every run of white space is one blank.
 */
export function plainWords(untrusted: string): string {
  return untrusted
    .toWellFormed()
    .replace(misleading, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .normalize('NFC')
    .trim()
}

/** The name and the address of a mailbox as a From field shows it: `Anna Å <anna@example.org>`, or only an address. */
export function nameAndAddress(mailbox: string): { name: string; address: string | null } {
  const shown = plainWords(mailbox)
  const match = /^(.*?)\s*<([^<>]+)>$/.exec(shown)
  if (!match) return { name: shown, address: null }
  const name = match[1]!.replace(/^"(.*)"$/, '$1').trim()
  return name === '' ? { name: match[2]!, address: null } : { name, address: match[2]! }
}
