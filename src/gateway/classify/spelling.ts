import { lookAlikes } from './look-alikes.ts'

/** One character that a reader does not see, or sees as a blank. */
const blankCharacter = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}\0-\x08\x0e-\x1f\x7f]+/gu
const ascii = /^[\0-\x7f]*$/
const visibleAscii = /^[\t-\r -~]*$/
const dashes = /[\p{Pd}\u02d7\u2043\u2212]/gu
const lookAlike = new RegExp(`[${[...lookAlikes.keys()].join('')}]`, 'gu')

/** Whether the normal form of a text is the text in lower case: it is in ASCII, and nothing of it is invisible. */
export function isPlain(text: string): boolean {
  return visibleAscii.test(text)
}

/** Whether a text is spelled in ASCII, where each character has one form: most of what a mail is classified by is. */
export function isAscii(text: string): boolean {
  return ascii.test(text)
}

/** Whether the character is white space of any kind, or takes no room at all. */
export function isBlank(character: string): boolean {
  return blankCharacter.test(character)
}

/**
 * The one form in which everything is compared that decides whether a mail is marked: compatibility forms as plain
 * ones, nothing invisible, one dash, lower case, look-alikes as the letters of ASCII that they look like, NFC. Keeps
 * the number of lines.
 */
export function normalise(text: string): string {
  if (isPlain(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replace(invisible, '')
    .replace(dashes, '-')
    .toLowerCase()
    .replace(lookAlike, character => lookAlikes.get(character)!)
    .normalize('NFC')
}

/** The normal form without its accents: å and ä become a, ö becomes o. */
export function withoutAccents(text: string): string {
  const taken = normalise(text)
  return isAscii(taken) ? taken : taken.normalize('NFD').replace(/\p{M}+/gu, '')
}
