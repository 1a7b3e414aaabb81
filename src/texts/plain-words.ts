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

/**
 * The name and the address of a sender as `senderName` writes them: `Anna Å <anna@example.org>`, an address alone, or,
 * of a mail that says to be from somebody else, `The director <director@example.org> (anna@example.org)`.
 */
export function nameAndAddress(sender: string): { name: string; address: string | null } {
  const words = plainWords(sender)
  const envelope = /^(.*\S) \(([^\s()<>]+@[^\s()<>]+)\)$/.exec(words)
  if (envelope) return { name: envelope[1]!, address: envelope[2]! }
  const mailbox = /^(.*?)\s*<([^<>]+)>$/.exec(words)
  if (!mailbox) return { name: words, address: null }
  const name = mailbox[1]!.replace(/^"(.*)"$/, '$1').trim()
  return name === '' ? { name: mailbox[2]!, address: null } : { name, address: mailbox[2]! }
}
