import { Failure } from '#failure.ts'
import { fieldsNamed, readHeaderFields } from '#mail/header-fields.ts'
import type { ArrivingMail } from './arriving-mail.ts'
import type { Transaction } from '#gateway/accept/client.ts'

/** RFC 5321 section 6.3: a mail that passed so many servers goes round in circles. */
const maxHops = 100

/**
 * What is known of a mail, for `classify`: its header section, and its size once all of it is here. Throws
 * `MAIL_LOOPS` where it goes round in circles.
 */
export function arrivedOf(
  transaction: Pick<Transaction, 'sender' | 'parameters' | 'recipients'>,
  mail: Pick<ArrivingMail, 'headerSection'>,
  sizeBytes?: number,
) {
  const { headerSection } = mail
  const header = readHeaderFields(headerSection)
  if (fieldsNamed(header.fields, 'received').length > maxHops) throw new Failure('MAIL_LOOPS')
  const { sender, parameters, recipients } = transaction
  const envelope = { sender, parameters, recipients }
  const complete = sizeBytes !== undefined
  return { headerSection, ...header, envelope, sizeBytes: sizeBytes ?? headerSection.length, complete }
}
