import type { Language } from '#model.ts'
import type { Contact } from '#portal/recipients/read-recipients.ts'

const maxLineBytes = 75

/** Contacts as vCards 3.0 (RFC 2426), which every program reads; UTF-8. */
export function writeVcards(contacts: Contact[]): string {
  const cards = contacts.map(({ name, addresses }) => [
    'BEGIN:VCARD',
    'VERSION:3.0',
    // Some programs show a card without N under no name.
    `N:${escaped(name)};;;;`,
    `FN:${escaped(name)}`,
    ...addresses.map(address => `EMAIL;TYPE=INTERNET:${escaped(address)}`),
    'END:VCARD',
  ])
  return cards
    .flat()
    .map(line => `${folded(line)}\r\n`)
    .join('')
}

const headers: Record<Language, string[]> = { sv: ['Namn', 'E-postadresser'], en: ['Name', 'E-mail addresses'] }
/** What a spreadsheet in this language takes for the end of a column. */
const separators: Record<Language, string> = { sv: ';', en: ',' }

/** Contacts as a table for a spreadsheet: a name and its addresses in each line. */
export function writeCsv(contacts: Contact[], language: Language): string {
  const rows = [headers[language], ...contacts.map(({ name, addresses }) => [name, addresses.join(', ')])]
  const lines = rows.map(row => row.map(cell => `"${guarded(cell).replaceAll('"', '""')}"`).join(separators[language]))
  // Without the mark, spreadsheets do not take it for UTF-8.
  return `\ufeff${lines.join('\r\n')}\r\n`
}

/** A cell that begins like a formula must not become one in somebody's spreadsheet. Reading takes the mark off again. */
function guarded(cell: string): string {
  return /^[=+\-@＝＋－＠]/.test(cell) ? `'${cell}` : cell
}

/** RFC 2426 section 4: backslash, comma and semicolon. Names have no line ends. */
function escaped(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&')
}

/** In lines of 75 bytes at most, never within a letter (RFC 2425 section 5.8.1). */
function folded(line: string): string {
  let written = ''
  let bytes = 0
  for (const letter of line) {
    const size = Buffer.byteLength(letter)
    if (bytes + size > maxLineBytes) {
      written += '\r\n '
      bytes = 1
    }
    written += letter
    bytes += size
  }
  return written
}
