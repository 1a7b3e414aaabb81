import type { CopyFacts } from './copy-facts.ts'
import type { Language } from '#model.ts'
import { humanSize } from '#texts/human-size.ts'
import { longDate } from '#texts/long-date.ts'
import { mailTexts } from '#texts/mail-texts.ts'
import { nameAndAddress, plainWords } from '#texts/plain-words.ts'

/** What a link block or a notice says, before it is laid out as text or HTML. All of it is plain words. */
export interface BlockContent {
  lang: Language
  intro: string[]
  files: { name: string; size: string }[]
  /** Said below the list where it does not name every file. */
  more: string | null
  url: string
  notes: string[]
}

const maxListedFiles = 50

/**
 * Decides what a copy tells its recipient. A private message's files are not named: their names may tell
 * as much as its text. Throws on a URL that could not stand in a mail as it is.
 */
export function blockContent({ message, files, link, organisation }: CopyFacts): BlockContent {
  // Anything else would have to be escaped differently in text, HTML and each charset; 600 fits any line of a mail.
  if (!/^https?:\/\/[\x21\x23-\x3b\x3d\x3f-\x7e]{1,600}$/.test(link.url)) throw new Error('The link is not a plain URL')
  const { lang } = message
  const texts = mailTexts[lang]
  const sealed = files.filter(file => file.kind !== 'body')
  const opened = { text: message.private || sealed.length < files.length, files: sealed.length }
  const whole = opened.text ? undefined : files.find(({ kind }) => kind === 'mail' || kind === 'protected')
  const from = nameAndAddress(message.senderName)
  const by = plainWords(organisation)
  const listed = message.private ? [] : sealed
  return {
    lang,
    intro: opened.text
      ? [texts.sealedText(from.name, opened.files, by), ...(message.private ? [texts.onlySubjectVisible] : [])]
      : [
          whole
            ? texts.sealedMail(from.name, by, whole.kind === 'protected')
            : texts.detached(from.name, opened.files, by),
        ],
    files: listed.slice(0, maxListedFiles).map(file => ({
      name: plainWords(file.name) || texts.unnamedFile,
      size: humanSize(file.sizeBytes, lang),
    })),
    more: listed.length > maxListedFiles ? texts.andMore(listed.length - maxListedFiles) : null,
    url: link.url,
    notes: [
      texts.validUntil(longDate(message.expiresAt, lang), message.login === 'recipients'),
      ...(message.max === null ? [] : [texts.opensAtMost(message.max, opened)]),
      loginSentence(message, link),
      texts.askWhetherGenuine(from.name, from.address),
    ],
  }
}

function loginSentence({ login, lang }: CopyFacts['message'], link: CopyFacts['link']): string {
  const texts = mailTexts[lang]
  if (login === 'none') return texts.noLogin
  return link.isLocal ? texts.loginAsOnComputer : texts.loginByCode(plainWords(link.recipient))
}
