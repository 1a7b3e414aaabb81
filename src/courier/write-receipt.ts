import { composeMail } from '#mail/compose-mail.ts'
import { findMessage } from '#database/messages.ts'
import { findReceipt, type Receipt } from '#database/receipts.ts'
import type { Language } from '#model.ts'
import { longDate, longDateAndTime } from '#texts/long-date.ts'
import { plainWords } from '#texts/plain-words.ts'
import { receiptTexts } from '#texts/receipt-mail.ts'
import { wrapLines } from '#texts/wrap-lines.ts'
import type { CourierDeps } from './courier-deps.ts'
import type { Notice } from '#database/notices.ts'

interface Asked {
  id: string
  receiptId: string
  /** A bare address that Kuvert writes from. */
  from: string
}

/**
 * The mail that tells a sender who has opened their message, when, and what they fetched; null where the message is forgotten. The names
 * of a private message's files stay out of it, as they stay out of its copies.
 */
export async function writeReceipt(
  { db, keyring, settings }: Pick<CourierDeps, 'settings' | 'db' | 'keyring'>,
  { id, receiptId, from }: Asked,
): Promise<Notice | null> {
  const receipt = await findReceipt(db, receiptId)
  const message = receipt && (await findMessage({ db, keyring }, receipt.messageId))
  if (!message) return null
  const { lang, createdAt } = message
  const texts = receiptTexts[lang]
  const subject = plainWords(message.subject)
  const organisation = plainWords(settings.organisation)
  const fetched = whatWasFetched(receipt, message.private, lang)
  const paragraphs = [
    whoOpened(receipt, message.login === 'none', lang),
    texts.ofMessage(subject, longDate(createdAt, lang)),
    [texts.what, ...fetched.map(each => `- ${each}`)].join('\n'),
    `${texts.once} ${texts.automatic(organisation)}`,
  ]
  const mail = await composeMail({
    from: { name: organisation, address: from },
    to: { name: '', address: message.sender },
    subject: texts.subject(subject),
    text: `${paragraphs
      .map(each =>
        each
          .split('\n')
          .flatMap(line => wrapLines(line))
          .join('\r\n'),
      )
      .join('\r\n\r\n')}\r\n`,
    // RFC 3834: an answering machine leaves it alone.
    headers: { 'Auto-Submitted': 'auto-generated' },
    // The same whenever it is sent again, so that it is known as the same mail.
    messageId: `${id}@${settings.gateway.hostname}`,
  })
  return { sender: from, recipient: message.sender, mail }
}

function whoOpened({ recipient, accountName, isRecipient, firstAt }: Receipt, isOpen: boolean, lang: Language): string {
  const texts = receiptTexts[lang]
  const at = longDateAndTime(firstAt, lang)
  const to = plainWords(recipient)
  if (isOpen) return texts.openedByLink(to, at)
  if (accountName === null) return texts.opened(to, at)
  const name = plainWords(accountName)
  return isRecipient ? texts.opened(`${name} (${to})`, at) : texts.openedByLocal(name, to, at)
}

function whatWasFetched({ files, text }: Receipt, isPrivate: boolean, lang: Language): string[] {
  const texts = receiptTexts[lang]
  const named = isPrivate ? (files.length > 0 ? [texts.files(files.length)] : []) : files.map(plainWords)
  return [...(text ? [texts.theText] : []), ...named]
}
