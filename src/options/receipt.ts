import { flag } from './flag.ts'

/** Whether the sender is told of the first download. */
export const receipt = flag({
  name: 'receipt',
  keys: { en: ['receipt'], sv: ['kvitto'] },
  noPhrases: { en: ['no receipt', 'without receipt'], sv: ['utan kvitto', 'inget kvitto'] },
  builtIn: true,
  hint: { en: 'Write receipt=yes or receipt=no.', sv: 'Skriv kvitto=ja eller kvitto=nej.' },
  example: { en: 'receipt=no', sv: 'kvitto=nej' },
  description: 'Whether the sender is told of the first download.',
  bound: null,
  form: {
    kind: 'box',
    label: { en: 'Tell me when somebody downloads', sv: 'Meddela mig när någon hämtar' },
    hint: {
      en: 'You get a mail the first time a recipient opens something.',
      sv: 'Du får ett mejl första gången en mottagare öppnar något.',
    },
  },
  docs: {
    title: 'the sender is told of the first download',
    rows: [
      { means: 'yes (default)', en: ['receipt=yes', 'receipt'], sv: ['kvitto=ja', 'kvitto'] },
      { means: 'no', en: ['receipt=no', 'no receipt'], sv: ['kvitto=nej', 'utan kvitto'] },
    ],
  },
})
