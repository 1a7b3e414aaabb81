/** One character that a reader does not see, or sees as a blank. */
const blankCharacter = /[\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu

/** Whether the character is white space of any kind, or takes no room at all. */
export function isBlank(character: string): boolean {
  return blankCharacter.test(character)
}

/** The text as a reader takes it: full-width forms as plain ones, lower case, nothing invisible. */
export function plain(text: string): string {
  return text.normalize('NFKC').replace(invisible, '').toLowerCase().normalize('NFC')
}

/** The plain text without its accents: å and ä become a, ö becomes o. */
export function withoutAccents(text: string): string {
  return plain(text)
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
}

const quotedCharacters = 60

/** What somebody wrote, fit to stand in a sentence: one line, nothing invisible, 60 characters at most. */
export function quoted(text: string): string {
  const line = text
    .slice(0, 1000)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(invisible, '')
    .replace(/\s+/g, ' ')
    .trim()
  const characters = [...line]
  return characters.length > quotedCharacters ? `${characters.slice(0, quotedCharacters - 3).join('')}...` : line
}
