import { z } from 'zod'
import type { Language } from '#model.ts'
import type { OptionRecord } from './option.ts'

/** The language of what Kuvert adds to the copies. */
export const lang = {
  keys: { en: ['lang', 'language'], sv: ['språk'] },
  phrases: [],
  values: [
    ['sv', { en: ['sv', 'swedish'], sv: ['svenska'] }],
    ['en', { en: ['en', 'english'], sv: ['engelska'] }],
  ],
  read: null,
  readAlone: null,
  isFlag: false,
  say: language => ({ en: language, sv: language }),
  hint: { en: 'Write lang=sv or lang=en.', sv: 'Skriv språk=sv eller språk=en.' },
  example: { en: 'lang=en', sv: 'språk=en' },
  builtIn: language => language,
  setting: {
    name: 'lang' as const,
    schema: z.enum(['sv', 'en']),
    description: 'Of what Kuvert adds.',
    example: 'sv',
    valueOf: language => language,
  },
  bound: null,
  form: null,
  docs: {
    title: 'language of what Kuvert adds',
    rows: [
      {
        means: 'Swedish (default where the server speaks it)',
        en: ['lang=sv', 'language=swedish'],
        sv: ['språk=sv', 'språk=svenska'],
      },
      { means: 'English', en: ['lang=en', 'language=english'], sv: ['språk=en', 'språk=engelska'] },
    ],
  },
} satisfies OptionRecord<Language>
