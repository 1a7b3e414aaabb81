import type { SmtpFailure } from '#failure.ts'
import { replyFor, sentencesFor } from '#gateway/accept/smtp-reply.ts'
import type { Language } from '#model.ts'
import { indented } from './lines.ts'

/** What the SMTP client hears where the mail is refused, in the very words, by the organisation's language. */
export function showRefusal(failure: SmtpFailure, language: Language): string[] {
  const tongue = { language, letters: true }
  const { code, lines } = replyFor(failure, tongue)
  const enhanced = lines[0]!.split(' ', 1)[0]!
  const meaning = failure.again ? 'trying again later will do' : 'the sender must change something'
  return [
    'REFUSED      Nothing of the mail goes anywhere.',
    '',
    'The client is told',
    ...sentencesFor(failure, tongue).flatMap(sentence => indented(`${code} ${enhanced} ${sentence}`)),
    `  (${failure.code}: ${meaning})`,
  ]
}

/** What the SMTP client hears where the mail is sealed. */
export function showAcceptance(): string[] {
  return ['The client is told', '  250 2.0.0 Secured as (the number of the message)']
}

/** What the SMTP client hears where the mail is passed on. */
export function showRelay(): string[] {
  return ['The client is told', '  What the next mail server says: Kuvert only passes it on.']
}
