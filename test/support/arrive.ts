import type { Arrived } from '#gateway/classify/arrived.ts'
import { classify, type Classified } from '#gateway/classify/classify.ts'
import { isTold, type SmtpFailure } from '#failure.ts'
import { readHeaderFields } from '#mail/header-fields.ts'
import { wordsOf } from '#texts/words.ts'
import { classifySchema } from '#settings/classify-schema.ts'

/** Noon, in the time zone of the machine. */
export const now = new Date(2026, 10, 24, 12, 0, 0)

export type Marked = Extract<Classified, { marked: true }>

/** A mail with these header lines, one string each, in UTF-8. */
export function mail(lines: string[], change: Partial<Arrived> = {}): Arrived {
  const headerSection = Buffer.from(lines.map(line => `${line}\r\n`).join(''))
  const { fields } = readHeaderFields(headerSection)
  const recipients = ['bo@example.org', 'eva@partner.example'].map(address => ({ address, parameters: [] }))
  const envelope = { sender: 'anna@example.org', parameters: [], recipients }
  return { headerSection, fields, envelope, sizeBytes: 1000, complete: true, ...change }
}

/** Settings as they would be written in the configuration. */
export function configured(written: Record<string, unknown> = {}) {
  return { classify: classifySchema.parse(written), language: 'sv' as const }
}

export function classifyLines(lines: string[], written: Record<string, unknown> = {}): Classified {
  return classify(configured(written), mail(lines), now)
}

export function classifySubject(subject: string, written: Record<string, unknown> = {}): Classified {
  return classifyLines([`Subject: ${subject}`], written)
}

/** What a marked mail came to; fails where it is not marked. */
export function marked(classified: Classified): Marked {
  if (!classified.marked) throw new Error('The mail is not marked.')
  return classified
}

const english = { language: 'en', letters: true } as const

/** The failure with which it is refused, with its details in English; fails where it is not. */
export function refusal(attempt: () => Classified) {
  const failure = failureOf(attempt)
  const details = Object.entries(failure.details).map(([name, detail]) => [name, wordsOf(detail, english)])
  return {
    code: failure.code,
    message: failure.message,
    details: Object.fromEntries(details) as Record<string, string>,
  }
}

/** The failure with which it is refused; fails where it is not. */
export function failureOf(attempt: () => Classified): SmtpFailure {
  try {
    attempt()
  } catch (error) {
    if (isTold(error, 'smtp')) return error
    throw error
  }
  throw new Error('The mail is not refused.')
}

export function inDays(days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 23, 59, 59)
}
