const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu
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
