import { Failure } from '#failure.ts'
import { fieldsNamed, readHeaderFields, type HeaderField, type HeaderSection } from '#mail/header-fields.ts'
import { quoted } from '#texts/quoted.ts'
import type { Words } from '#texts/words.ts'

/** Fields that say who and what: two of them are shown differently by different readers. */
const onceInAMail = ['from', 'subject', 'date', 'message-id']
/** Fields on which the reading of a part depends. */
const onceInAPart = ['content-type', 'content-transfer-encoding', 'content-disposition', 'mime-version', 'content-id']

/**
 * Reads the header section of a mail or a part (without the blank line), or takes it as it was read before. Throws
 * `MAIL_AMBIGUOUS` if readers may find different lines or fields in it.
 */
export function readFields(header: Buffer, given?: HeaderSection): HeaderField[] {
  checkLines(header)
  const { fields, malformedLines } = given ?? readHeaderFields(header)
  if (malformedLines > 0) ambiguous(noField)
  return fields
}

/** Throws `MAIL_AMBIGUOUS` where it is not clear who sent a mail, when, and what it is called. */
export function checkMailFields(header: Buffer, fields: HeaderField[]): void {
  checkOnce(header, fields, onceInAMail, theMail)
}

/** Throws `MAIL_AMBIGUOUS` where it is not clear which field describes a body. */
export function checkMimeFields(header: Buffer, fields: HeaderField[], isMail: boolean): void {
  checkOnce(header, fields, onceInAPart, isMail ? theMail : aPart)
}

function checkLines(header: Buffer): void {
  const text = header.toString('latin1')
  if (text.includes('\0')) ambiguous(nul)
  if (/\r(?!\n)|(?<!\r)\n/.test(text)) ambiguous(lineEnd)
  if (text !== '' && !text.endsWith('\r\n')) ambiguous(cutOff)
  const blanks = text.search(/\n[ \t]+\r/)
  if (blanks !== -1) ambiguous(lineOfBlanks(text.slice(0, blanks)))
}

const theMail: Words = { en: 'the mail', sv: 'mejlet' }
const aPart: Words = { en: 'a part', sv: 'en del' }
const noField: Words = { en: 'a line of a header is no header field', sv: 'en rad i ett brevhuvud är inget fält' }
const nul: Words = { en: 'a header contains a NUL character', sv: 'ett brevhuvud innehåller ett NUL-tecken' }
const lineEnd: Words = {
  en: 'a header has a line end that is not CRLF',
  sv: 'ett brevhuvud har ett radslut som inte är CRLF',
}
const cutOff: Words = { en: 'a header is cut off', sv: 'ett brevhuvud är avklippt' }

/** Some mail programs fold what ends with blanks into one: the sender can take them away. */
function lineOfBlanks(before: string): Words {
  const line = before.split('\n').findLast(each => !/^[ \t]/.test(each)) ?? ''
  const field = fieldName(quoted(line.slice(0, 80).split(':', 1)[0]!.toLowerCase()))
  return {
    en: `a header has a line of blanks only, below ${field}. Remove the blanks at the end of the subject and of names, and send it again`,
    sv: `ett brevhuvud har en rad med bara blanksteg, under ${field}. Ta bort blanksteg sist i ämnet och i namn, och skicka igen`,
  }
}

function checkOnce(header: Buffer, fields: HeaderField[], names: string[], what: Words): void {
  for (const name of names) {
    const found = fieldsNamed(fields, name)
    if (found.length > 1) ambiguous(twoFields(what, fieldName(name)))
    if (found[0] && header[found[0].range.start + name.length] !== 0x3a) ambiguous(blankBeforeColon(fieldName(name)))
  }
}

function twoFields(what: Words, name: string): Words {
  return { en: `${what.en} has two ${name} fields`, sv: `${what.sv} har två fält ${name}` }
}

function blankBeforeColon(name: string): Words {
  return {
    en: `there is a blank before the colon of a ${name} field`,
    sv: `det står ett blanksteg före kolonet i fältet ${name}`,
  }
}

function fieldName(name: string): string {
  const capitalised = name.replace(/(^|-)[a-z]/g, letter => letter.toUpperCase())
  return capitalised.replace('Mime', 'MIME').replace(/-Id$/, '-ID')
}

function ambiguous(why: Words): never {
  throw new Failure('MAIL_AMBIGUOUS', { why })
}
