import type { Language } from '#model.ts'

/** Every word on the list of drafts, in Swedish. */
const swedish = {
  title: 'Påbörjade meddelanden',
  none: 'Du har inga påbörjade meddelanden.',
  write: 'Skriv ett meddelande',
  to: 'Till',
  changed: 'Ändrat',
  discard: 'Kasta',
  justDiscarded: 'Utkastet är kastat.',
  undo: 'Ångra',
  discardedTitle: 'Kastade',
  discardedHint: (days: number) => `De finns kvar med sina filer i ${days} dagar. Sedan tas de bort.`,
  restore: 'Återställ',
  delete: 'Ta bort nu',
}

const english: typeof swedish = {
  title: 'Drafts',
  none: 'You have no drafts.',
  write: 'Write a message',
  to: 'To',
  changed: 'Changed',
  discard: 'Discard',
  justDiscarded: 'The draft is discarded.',
  undo: 'Undo',
  discardedTitle: 'Discarded',
  discardedHint: days => `They are kept with their files for ${days} days. Then they are removed.`,
  restore: 'Restore',
  delete: 'Delete now',
}

export const draftsWords: Record<Language, typeof swedish> = { sv: swedish, en: english }
