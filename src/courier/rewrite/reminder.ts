import { blockContent } from './block-content.ts'
import type { CopyFacts } from './copy-facts.ts'
import { notice } from './notice.ts'
import { encodeField } from '#mail/encode-field.ts'
import { longDate } from '#texts/long-date.ts'
import { nameAndAddress, plainWords } from '#texts/plain-words.ts'
import { reminderTexts } from '#texts/reminder-mail.ts'

/** What a reminder is written from. */
export interface ReminderFacts extends Omit<CopyFacts, 'message'> {
  message: CopyFacts['message'] & { subject: string; createdAt: Date }
  /** A bare address that Kuvert writes from. */
  from: string
  /** The same whenever this reminder is sent again, so that it is known as the same mail. Without angle brackets. */
  messageId: string
  now: Date
}

/**
 * The mail that reminds a recipient of a message: what a notice says, with this recipient's own link. Answers go to the
 * sender, where the sender's address is known; what a machine sends back does not (RFC 3834: it goes to the return path).
 */
export function reminder(facts: ReminderFacts): Buffer {
  const { message, link, from, messageId, now } = facts
  const texts = reminderTexts[message.lang]
  const organisation = plainWords(facts.organisation)
  const sender = nameAndAddress(message.senderName)
  const subject = plainWords(message.subject)
  const content = blockContent(facts)
  const fields = [
    // The address is of ASCII letters, since it is the admin's; the name need not be.
    Buffer.from(`${encodeField('From', quotedName(organisation)).toString().trimEnd()} <${oneLine(from)}>\r\n`),
    Buffer.from(`To: <${oneLine(link.recipient)}>\r\n`),
    ...(sender.address === null ? [] : [Buffer.from(`Reply-To: <${oneLine(sender.address)}>\r\n`)]),
    encodeField('Subject', texts.subject(subject)),
    // RFC 5322 section 3.3, in UTC.
    Buffer.from(`Date: ${now.toUTCString().replace('GMT', '+0000')}\r\n`),
    Buffer.from(`Message-ID: <${messageId}>\r\n`),
    // RFC 3834: an answering machine leaves it alone.
    Buffer.from('Auto-Submitted: auto-generated\r\n'),
  ]
  const sentOn = longDate(message.createdAt, message.lang)
  const body = notice({
    ...content,
    intro: [
      texts.notFetched({ sender: sender.name, subject, sentOn }),
      texts.keptUntil(organisation, longDate(message.expiresAt, message.lang)),
    ],
    notes: [...content.notes, texts.automatic(organisation)],
  })
  return Buffer.concat([...fields, body])
}

/** RFC 5322 section 3.2.4. A name with other than ASCII letters becomes an encoded word instead. */
function quotedName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : name
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x20\x7f]+/g, ' ').trim()
}
