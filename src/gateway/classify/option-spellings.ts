import type { OptionName, Setting } from '#seal/options/option.ts'
import type { Language } from '#model.ts'

/** Ways to write one thing, in each language. */
export type Spellings = Record<Language, string[]>

/** The keys that stand before a value: `max=1`. */
export const keys: Record<OptionName, Spellings> = {
  login: { en: ['login', 'auth'], sv: ['inloggning'] },
  max: { en: ['max', 'limit'], sv: ['antal', 'max'] },
  private: { en: ['private'], sv: ['privat'] },
  expires: { en: ['expires', 'expiry', 'expire'], sv: ['giltig', 'giltigt'] },
  receipt: { en: ['receipt'], sv: ['kvitto'] },
  lang: { en: ['lang', 'language'], sv: ['språk'] },
}

const recipients: Spellings = {
  en: ['recipients', 'recipient', 'recipients only', 'only recipients'],
  sv: ['mottagare', 'mottagarna']
    .concat(['endast mottagare', 'bara mottagare'])
    .concat(['endast mottagarna', 'bara mottagarna']),
}
const locals: Spellings = {
  en: ['locals', 'local', 'recipients + locals', 'recipients and locals', 'locals + recipients'],
  sv: ['lokala', 'mottagare + lokala', 'mottagare och lokala', 'lokala + mottagare'],
}
const nobody: Spellings = {
  en: ['open', 'no login', 'without login'],
  sv: ['öppen', 'öppet', 'utan inloggning', 'ingen inloggning'],
}

/** What says something without a key. */
export const phrases: [Setting, Spellings][] = [
  [{ option: 'login', value: 'recipients' }, recipients],
  [{ option: 'login', value: 'locals' }, locals],
  [{ option: 'login', value: 'none' }, nobody],
  [{ option: 'private', value: true }, keys.private],
  [
    { option: 'private', value: false },
    { en: ['not private'], sv: ['inte privat', 'ej privat'] },
  ],
  [{ option: 'receipt', value: true }, keys.receipt],
  [
    { option: 'receipt', value: false },
    { en: ['no receipt', 'without receipt'], sv: ['utan kvitto', 'inget kvitto'] },
  ],
]

const on: Spellings = { en: ['yes', 'on', 'true'], sv: ['ja', 'på'] }
const off: Spellings = { en: ['no', 'off', 'false'], sv: ['nej', 'av'] }

/** The words for on and off. */
export const yes = inAll(on)
export const no = inAll(off)

/** What may follow a key. Numbers, durations and dates are read by rule. */
export const values: [Setting, Spellings][] = [
  [{ option: 'login', value: 'recipients' }, recipients],
  [{ option: 'login', value: 'locals' }, locals],
  [{ option: 'login', value: 'none' }, nobody],
  [
    { option: 'login', value: 'none' },
    { en: ['none'], sv: ['ingen'] },
  ],
  [{ option: 'login', value: 'none' }, off],
  [
    { option: 'max', value: null },
    { en: ['unlimited'], sv: ['obegränsat', 'obegränsad'] },
  ],
  [{ option: 'private', value: true }, on],
  [{ option: 'private', value: false }, off],
  [{ option: 'receipt', value: true }, on],
  [{ option: 'receipt', value: false }, off],
  [
    { option: 'lang', value: 'sv' },
    { en: ['sv', 'swedish'], sv: ['svenska'] },
  ],
  [
    { option: 'lang', value: 'en' },
    { en: ['en', 'english'], sv: ['engelska'] },
  ],
]

/** The ways to write it in all languages. */
export function inAll({ en, sv }: Spellings): string[] {
  return [...en, ...sv]
}

/** Units of a duration, in days. */
export const unitDays: ReadonlyMap<string, number> = new Map([
  ...['d', 'day', 'days', 'dag', 'dagar', 'dygn'].map((unit): [string, number] => [unit, 1]),
  ...['w', 'week', 'weeks', 'v', 'vecka', 'veckor'].map((unit): [string, number] => [unit, 7]),
])

/** Little words that may stand between the key and when it expires: `giltig i 7 dagar`. */
export const expiryFillers = ['in', 'after', 'until', 'on', 'i', 'om', 'efter', 'till', 'tom', 't.o.m.']
