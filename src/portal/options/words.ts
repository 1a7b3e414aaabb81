import type { Language } from '#model.ts'

/** What stands around the fields of options, in Swedish. Their own words are in the records. */
const swedish = {
  title: 'Säkerhet',
  settled: 'Bestämt av organisationen.',
}

const english: typeof swedish = {
  title: 'Security',
  settled: 'Decided by the organisation.',
}

export const optionsWords: Record<Language, typeof swedish> = { sv: swedish, en: english }
