import { z } from 'zod'
import type { Words } from '#texts/words.ts'
import { lowest, type OptionRecord, type Reading } from './option.ts'

/** Downloads of a file per recipient that may be chosen, at most. */
export const mostDownloads = 1000

/** How often each recipient can download each file; null is unlimited. */
export const max = {
  keys: { en: ['max', 'limit'], sv: ['antal', 'max'] },
  phrases: [],
  values: [[null, { en: ['unlimited'], sv: ['obegränsat', 'obegränsad'] }]],
  read: ([word = '']) => (/^-?\d+(\.\d+)?$/.test(word) ? readNumber(word) : undefined),
  readAlone: null,
  isFlag: false,
  say,
  hint: {
    en: 'Write max and a whole number, as in max=3, or max=unlimited.',
    sv: 'Skriv antal och ett heltal, som antal=3, eller antal=obegränsat.',
  },
  example: { en: 'max=3', sv: 'antal=3' },
  builtIn: () => null,
  setting: {
    name: 'max' as const,
    schema: z.int().min(1).max(mostDownloads).nullable(),
    description: 'Downloads per recipient; null is unlimited.',
    example: null,
    valueOf: count => count,
  },
  bound: {
    name: 'maxAtMost' as const,
    schema: z.int().min(1),
    description: 'Unlimited is then no longer to be had.',
    example: 2,
    add: lowest,
    within: (count, most) => (isWithin(count, most) ? count : most),
    problem: (count, most) =>
      isWithin(count, most) ? null : { en: `at most max=${say(most).en}`, sv: `högst antal=${say(most).sv}` },
  },
  form: {
    kind: 'count',
    label: { en: 'Downloads per recipient', sv: 'Hämtningar per mottagare' },
    hint: {
      en: 'How often each recipient can download each file. Leave it empty for unlimited.',
      sv: 'Hur många gånger varje mottagare kan hämta varje fil. Lämna tomt för obegränsat.',
    },
    most: mostDownloads,
  },
  docs: {
    title: 'downloads of each file, per recipient',
    rows: [
      { means: 'unlimited (default)', en: ['max=unlimited', 'limit=unlimited'], sv: ['antal=obegränsat'] },
      {
        means: `a number from 1 to ${mostDownloads}`,
        en: ['max=3', 'max 3', 'limit=3'],
        sv: ['antal=3', 'antal 3'],
      },
    ],
  },
} satisfies OptionRecord<number | null, number | null, number>

function say(count: number | null): Words {
  return count === null ? { en: 'unlimited', sv: 'obegränsat' } : { en: `${count}`, sv: `${count}` }
}

function isWithin(count: number | null, most: number): boolean {
  return count !== null && count <= most
}

function readNumber(word: string): Reading<number> {
  const value = Number(word)
  if (Number.isInteger(value) && value >= 1 && value <= mostDownloads) return { value, count: 1 }
  const outside = {
    en: `a whole number from 1 to ${mostDownloads}`,
    sv: `ett heltal från 1 till ${mostDownloads}`,
  }
  return { outside, count: 1 }
}
