import { Failure } from '#failure.ts'
import { fieldsNamed, readHeaderFields, type HeaderField } from '#mail/header-fields.ts'

/** Fields that say who and what: two of them are shown differently by different readers. */
const onceInAMail = ['from', 'subject', 'date', 'message-id']
/** Fields on which the reading of a part depends. */
const onceInAPart = ['content-type', 'content-transfer-encoding', 'content-disposition', 'mime-version', 'content-id']

/**
 * Reads the header section of a mail or a part (without the blank line). Throws `MAIL_AMBIGUOUS` where readers may
 * find different lines or fields in it.
 */
export function readFields(header: Buffer): HeaderField[] {
  checkLines(header)
  const { fields, malformedLines } = readHeaderFields(header)
  if (malformedLines > 0) ambiguous('a line of a header is no header field')
  return fields
}

/** Throws `MAIL_AMBIGUOUS` where it is not clear who sent a mail, when, and what it is called. */
export function checkMailFields(header: Buffer, fields: HeaderField[]): void {
  checkOnce(header, fields, onceInAMail, 'the mail')
}

/** Throws `MAIL_AMBIGUOUS` where it is not clear which field describes a body. */
export function checkMimeFields(header: Buffer, fields: HeaderField[], isMail: boolean): void {
  checkOnce(header, fields, onceInAPart, isMail ? 'the mail' : 'a part')
}

function checkLines(header: Buffer): void {
  const text = header.toString('latin1')
  if (text.includes('\0')) ambiguous('a header contains a NUL character')
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) ambiguous('a header has a line end that is not CRLF')
  if (text !== '' && !text.endsWith('\r\n')) ambiguous('a header is cut off')
  if (/\n[ \t]+\r/.test(text)) ambiguous('a header has a line of blanks only')
}

function checkOnce(header: Buffer, fields: HeaderField[], names: string[], what: string): void {
  for (const name of names) {
    const found = fieldsNamed(fields, name)
    if (found.length > 1) ambiguous(`${what} has two ${fieldName(name)} fields`)
    if (found[0] && header[found[0].range.start + name.length] !== 0x3a)
      ambiguous(`there is a blank before the colon of a ${fieldName(name)} field`)
  }
}

function fieldName(name: string): string {
  const capitalised = name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase())
  return capitalised.replace('Mime', 'MIME').replace(/-Id$/, '-ID')
}

function ambiguous(why: string): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
