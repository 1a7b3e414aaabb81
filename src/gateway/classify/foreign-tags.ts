/** What gateways of others write behind a word such as `secure`: `[Secure Message]`, `[Säker e-post]`. */
const nouns = `
message, messages, mail, e-mail, email, email message, mail message, share, shared file, file, files, file share,
file transfer, transfer, attachment, attachments, document, documents, delivery, link, portal, communication, reply,
send, envelope
e-post, epost, e-postmeddelande, meddelande, meddelanden, mejl, post, fil, filer, filöverföring, fildelning,
överföring, bilaga, bilagor, dokument, länk, leverans, kommunikation, digital kommunikation, digital post
`

const longestTag = 60
const tags = new Set(nouns.trim().split(/,\s*|\n/))

/** Whether what stands behind a keyword (in normal form) makes it the tag of another gateway. */
export function isForeignTag(behind: string): boolean {
  if (behind.length > longestTag || !/^[\s_:-]/.test(behind)) return false
  return tags.has(
    behind
      .replace(/^[\s_:-]+/, '')
      .replace(/\s+/g, ' ')
      .trimEnd(),
  )
}
