import type { Language } from '#model.ts'

/** Every word on the page of one's own settings, in Swedish. */
const swedish = {
  saved: 'Sparat.',
  save: 'Spara',
  signature: 'Signatur',
  signatureHint: 'Läggs till sist i de meddelanden som du skriver här. Använd gärna samma som i din e-post.',
  signatureText: 'Signatur som text',
  formatted: 'Formaterad signatur',
  formattedHint: 'Behövs bara om du vill ha fetstil, länkar eller listor. Bilder och färger tas inte med.',
  /** For the script of the page. */
  script: { bold: 'Fet', italic: 'Kursiv', plain: 'Ta bort formatering' },
  contacts: 'Kontakter',
  contactsHint: 'Skriv namnet på en kontakt i fältet Mottagare. En kontakt med flera adresser är en grupp.',
  noContacts: 'Du har inga kontakter än.',
  name: 'Namn',
  addresses: 'E-postadresser, med komma emellan',
  add: 'Lägg till kontakt',
  change: 'Ändra',
  remove: 'Ta bort',
  import: 'Hämta in kontakter från en fil',
  importHint: 'En vCard- eller CSV-fil från ditt e-postprogram.',
  file: 'Fil',
  importNow: 'Hämta in',
  export: 'Spara kontakterna som en fil:',
  unreadable: 'I filen finns inga kontakter som går att läsa.',
  tooMuch: (contacts: number, megabytes: number) =>
    `Filen är för stor. Den får ha högst ${contacts} rader eller kontakter och vara högst ${megabytes} MB. Dela upp den i flera filer.`,
  imported: (added: number, changed: number, unchanged: number) =>
    `Tillagda: ${added}. Ändrade: ${changed}. Fanns redan: ${unchanged}.`,
  skipped: (name: string) => `Togs inte med: ${name}`,
  moreSkipped: (count: number) => `Och ${count} till togs inte med.`,
  problemsTitle: 'Kontakten är inte sparad',
  defaults: 'Förval för nya meddelanden',
  defaultsShort: 'Förval',
  defaultsHint: 'De kan ändras för varje meddelande.',
  problems: {
    'no name': () => 'Skriv ett namn.',
    'name is taken': ({ name }: { name: string }) => `Det finns redan en kontakt med namnet ${name}.`,
    'name is another address': () => 'Ett namn får inte vara en annan e-postadress.',
    'no address': () => 'Skriv minst en e-postadress.',
    'not an address': ({ entries }: { entries: string[] }) => `Det här är inga e-postadresser: ${entries.join(', ')}`,
    'too many addresses': ({ atMost }: { atMost: number }) => `En kontakt kan ha högst ${atMost} adresser.`,
    'too many contacts': ({ atMost }: { atMost: number }) => `Det går att ha högst ${atMost} kontakter.`,
  },
}

export type AccountWords = typeof swedish

const english: AccountWords = {
  saved: 'Saved.',
  save: 'Save',
  signature: 'Signature',
  signatureHint:
    'It is added at the end of the messages that you write here. Use the same one as in your mail program.',
  signatureText: 'Signature as text',
  formatted: 'Formatted signature',
  formattedHint: 'Needed only for bold type, links or lists. Images and colours are left out.',
  script: { bold: 'Bold', italic: 'Italic', plain: 'Remove formatting' },
  contacts: 'Contacts',
  contactsHint: 'Write the name of a contact in the field Recipients. A contact with several addresses is a group.',
  noContacts: 'You have no contacts yet.',
  name: 'Name',
  addresses: 'Mail addresses, separated by commas',
  add: 'Add contact',
  change: 'Change',
  remove: 'Remove',
  import: 'Import contacts from a file',
  importHint: 'A vCard or CSV file from your mail program.',
  file: 'File',
  importNow: 'Import',
  export: 'Save the contacts as a file:',
  unreadable: 'There are no contacts in the file that can be read.',
  tooMuch: (contacts, megabytes) =>
    `The file is too large. It can have ${contacts} lines or contacts and ${megabytes} MB at most. Split it into several files.`,
  imported: (added, changed, unchanged) => `Added: ${added}. Changed: ${changed}. There already: ${unchanged}.`,
  skipped: name => `Left out: ${name}`,
  moreSkipped: count => `And ${count} more were left out.`,
  problemsTitle: 'The contact was not saved',
  defaults: 'Defaults for new messages',
  defaultsShort: 'Defaults',
  defaultsHint: 'They can be changed for each message.',
  problems: {
    'no name': () => 'Write a name.',
    'name is taken': ({ name }) => `There is a contact named ${name} already.`,
    'name is another address': () => 'A name must not be another mail address.',
    'no address': () => 'Write at least one mail address.',
    'not an address': ({ entries }) => `These are no mail addresses: ${entries.join(', ')}`,
    'too many addresses': ({ atMost }) => `A contact can have ${atMost} addresses at most.`,
    'too many contacts': ({ atMost }) => `There can be ${atMost} contacts at most.`,
  },
}

export const accountWords: Record<Language, AccountWords> = { sv: swedish, en: english }
