import { Failure } from '#failure.ts'
import { decodeText, fieldsNamed, type HeaderField } from '#mail/header-fields.ts'
import type { Language } from '#model.ts'
import type { Options } from '#options/option-records.ts'
import type { ClassifySettings } from '#settings/classify-schema.ts'
import type { Arrived } from './arrived.ts'
import { chooseOptions, type Origins, type SenderChoices } from '#options/choose-options.ts'
import { readHeaderMark } from './header-mark.ts'
import { readKeywords, type Keywords } from './keywords.ts'
import { limitsFor } from '#options/limits.ts'
import { matchRule } from './match-rule.ts'
import type { Words } from '#texts/words.ts'
import { headerWords, inSubject } from './place.ts'
import { unreadable } from './unreadable.ts'
import { otherReadings } from './other-readings.ts'
import { refuseStrayMarks } from './stray-lines.ts'
import { refuseTooLong } from './subject-length.ts'
import { looksMarked, readSubjectMark, type SubjectMark } from './subject-mark.ts'

/** What became of the question. */
export type Classified =
  | {
      marked: false
      /**
       * Null: the mail is not marked. Otherwise nothing is decided yet: the size of the mail is still needed to
       * tell whether, or by which rule, it is marked. Keep it, and ask again when it is larger than this or complete.
       */
      decideAtBytes: number | null
    }
  | {
      marked: true
      options: Options
      origins: Origins
      /** Decoded and without the mark, for pages and the database. */
      subject: string
      /** The new text of the Subject field where a tag was removed from it, else null. */
      changedSubject: string | null
      /** Lower-case names of header fields that copies must not carry. */
      removeFields: string[]
    }

/** Fields that a rule may look at, but that a mail is nothing without. */
const keptFields =
  /^(?:subject|from|sender|to|cc|date|message-id|in-reply-to|references|reply-to|mime-version|content-.*)$/

/**
 * Tells whether a mail is marked, by its header, its subject or a rule of the admin's, and what the mark asks for.
 * Throws a `Failure` where a mark cannot be understood or obeyed, and for whatever was probably meant as one.
 */
export function classify(
  settings: { classify: ClassifySettings; language: Language },
  arrived: Arrived,
  now: Date,
): Classified {
  const { classify: our, language } = settings
  const { sender, subject } = readMarks(our, arrived)
  const match = matchRule(our.rules, arrived)
  if (match && 'decideAtBytes' in match) return { marked: false, decideAtBytes: match.decideAtBytes }
  if (sender.length === 0 && !match) return { marked: false, decideAtBytes: null }

  const set = [{ origin: 'default', options: our.defaults }]
  if (match) set.unshift({ origin: `rule ${match.number}`, options: match.rule.options })
  return {
    marked: true,
    ...chooseOptions({ sender, set, language }, limitsFor(our, arrived.envelope), now),
    subject: subject.mark?.rest ?? subject.text,
    changedSubject: subject.mark?.rest ?? null,
    removeFields: fieldsToRemove(our.header, match?.rule.header?.name),
  }
}

const wholeMail: Words = { en: 'the mail', sv: 'mejlet' }
const notEncoded: Words = {
  en: 'its subject is not encoded as it should be',
  sv: 'ämnet är inte kodat som det ska vara',
}
const several: Words = { en: 'it has several subjects', sv: 'det har flera ämnen' }

interface Subject {
  text: string
  mark: SubjectMark | null
}

/** What the sender chose in the header and in the subject; empty where neither carries a mark. */
function readMarks(settings: ClassifySettings, arrived: Arrived): { sender: SenderChoices[]; subject: Subject } {
  const { fields } = arrived
  const keywords = readKeywords(settings)
  const header = readHeaderMark(fields, settings.header, keywords)
  const subject = readSubject(fields, keywords)
  refuseStrayMarks(settings, keywords, arrived)
  const sender: SenderChoices[] = []
  if (header?.says === 'no' && subject.mark) {
    const details = { first: subject.mark.written, second: header.written, where: wholeMail, hint: '' }
    throw new Failure('OPTION_CONTRADICTS', details)
  }
  if (header?.says === 'yes')
    sender.push({ origin: 'header', where: headerWords(settings.header), choices: header.choices })
  if (subject.mark) sender.push({ origin: 'subject', where: inSubject(keywords).where, choices: subject.mark.choices })
  return { sender, subject }
}

function fieldsToRemove(header: string, ruleHeader: string | undefined): string[] {
  const names = new Set([header.toLowerCase()])
  if (ruleHeader !== undefined && !keptFields.test(ruleHeader.toLowerCase())) names.add(ruleHeader.toLowerCase())
  return [...names]
}

/** The subject as it is read, and its mark. Where there are several, a mark in any of them cannot be trusted. */
function readSubject(fields: HeaderField[], keywords: Keywords): Subject {
  const named = fieldsNamed(fields, 'subject')
  const characters = named.reduce((sum, { value }) => sum + value.length, 0)
  const subjects = named.map(({ value }) => {
    const text = decodeText(value).trim()
    const others = otherReadings(value, text)
    refuseTooLong(characters, [text, ...others], keywords)
    const mark = readSubjectMark(text, keywords)
    if (!mark && others.some(reading => looksMarked(reading, keywords)))
      throw unreadable(notEncoded, inSubject(keywords))
    return { text, mark }
  })
  if (subjects.length > 1 && subjects.some(({ mark }) => mark)) throw unreadable(several, inSubject(keywords))
  return subjects[0] ?? { text: '', mark: null }
}
