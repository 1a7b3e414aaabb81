import type { Language } from '#model.ts'

/** Words for the script of the field for recipients, in Swedish. */
const swedish = {
  chosen: 'Valda mottagare',
  suggestions: 'Förslag',
  count: 'Antal förslag, välj med piltangenterna:',
  group: 'Grupp med',
  added: 'Tillagd:',
  removed: 'Borttagen:',
  remove: 'Ta bort',
}

const english: typeof swedish = {
  chosen: 'Chosen recipients',
  suggestions: 'Suggestions',
  count: 'Suggestions, choose with the arrow keys:',
  group: 'Group of',
  added: 'Added:',
  removed: 'Removed:',
  remove: 'Remove',
}

export const recipientsWords: Record<Language, typeof swedish> = { sv: swedish, en: english }
