import { flag } from './flag.ts'

/** Whether the text of the mail is sealed as well. */
export const isPrivate = flag({
  name: 'private',
  keys: { en: ['private'], sv: ['privat'] },
  noPhrases: { en: ['not private'], sv: ['inte privat', 'ej privat'] },
  builtIn: false,
  hint: { en: 'Write private, or private=no.', sv: 'Skriv privat, eller privat=nej.' },
  example: { en: 'private', sv: 'privat' },
  description: 'Whether the text is sealed as well.',
  bound: 'Always on, or never.',
  form: {
    kind: 'box',
    label: { en: 'Private message', sv: 'Privat meddelande' },
    hint: {
      en: 'The text is not visible in the mail. The recipient reads it only after opening the link.',
      sv: 'Texten syns inte i mejlet. Mottagaren läser den först när länken har öppnats.',
    },
  },
  docs: {
    title: 'the text of the mail',
    rows: [
      { means: 'is sealed as well', en: ['private', 'private=yes'], sv: ['privat', 'privat=ja'] },
      { means: 'stays in the mail (default)', en: ['private=no', 'not private'], sv: ['privat=nej', 'inte privat'] },
    ],
  },
})
