/** One character that a reader does not see, or sees as a blank. */
const blankCharacter = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu
// oxlint-disable-next-line no-control-regex -- those of ASCII are ASCII
const ascii = /^[\0-\x7f]*$/

/** Whether a text is spelled in ASCII, where each character has one form: most of what a mail is classified by is. */
export function isAscii(text: string): boolean {
  return ascii.test(text)
}

/** Whether the character is white space of any kind, or takes no room at all. */
export function isBlank(character: string): boolean {
  return blankCharacter.test(character)
}

/** The text as a reader takes it: full-width forms as plain ones, lower case, nothing invisible. */
export function plain(text: string): string {
  if (isAscii(text)) return text.toLowerCase()
  return text.normalize('NFKC').replace(invisible, '').toLowerCase().normalize('NFC')
}

/** The plain text without its accents: å and ä become a, ö becomes o. */
export function withoutAccents(text: string): string {
  const taken = plain(text)
  return isAscii(taken) ? taken : taken.normalize('NFD').replace(/\p{M}+/gu, '')
}
