import type { OptionName, Setting } from '#seal/options/option.ts'

/** The keys that stand before a value: `max=1`. */
export const keys: Record<OptionName, string[]> = {
  login: ['login', 'auth', 'inloggning'],
  max: ['max', 'antal', 'limit'],
  private: ['private', 'privat'],
  expires: ['expires', 'giltig', 'giltigt', 'expiry', 'expire'],
  receipt: ['receipt', 'kvitto'],
  lang: ['lang', 'språk', 'language'],
}

const recipients = [
  'recipients',
  'recipient',
  'recipients only',
  'only recipients',
  'mottagare',
  'endast mottagare',
].concat(['bara mottagare', 'mottagarna', 'endast mottagarna', 'bara mottagarna'])
const locals = [
  'locals',
  'local',
  'lokala',
  'recipients + locals',
  'recipients and locals',
  'mottagare + lokala',
].concat(['mottagare och lokala', 'locals + recipients', 'lokala + mottagare'])
const nobody = ['open', 'öppen', 'öppet', 'no login', 'without login', 'utan inloggning', 'ingen inloggning']

/** What says something without a key. */
export const phrases: [Setting, string[]][] = [
  [{ option: 'login', value: 'recipients' }, recipients],
  [{ option: 'login', value: 'locals' }, locals],
  [{ option: 'login', value: 'none' }, nobody],
  [{ option: 'private', value: true }, keys.private],
  [{ option: 'private', value: false }, ['not private', 'inte privat', 'ej privat']],
  [{ option: 'receipt', value: true }, keys.receipt],
  [{ option: 'receipt', value: false }, ['no receipt', 'without receipt', 'utan kvitto', 'inget kvitto']],
]

/** The words for on and off. */
export const yes = ['yes', 'ja', 'on', 'på', 'true']
export const no = ['no', 'nej', 'off', 'av', 'false']

/** What may follow a key. Numbers, durations and dates are read by rule. */
export const values: [Setting, string[]][] = [
  [{ option: 'login', value: 'recipients' }, recipients],
  [{ option: 'login', value: 'locals' }, locals],
  [{ option: 'login', value: 'none' }, [...nobody, 'none', 'ingen', ...no]],
  [{ option: 'max', value: null }, ['unlimited', 'obegränsat', 'obegränsad']],
  [{ option: 'private', value: true }, yes],
  [{ option: 'private', value: false }, no],
  [{ option: 'receipt', value: true }, yes],
  [{ option: 'receipt', value: false }, no],
  [{ option: 'lang', value: 'sv' }, ['sv', 'svenska', 'swedish']],
  [{ option: 'lang', value: 'en' }, ['en', 'engelska', 'english']],
]

/** Units of a duration, in days. */
export const unitDays: ReadonlyMap<string, number> = new Map([
  ...['d', 'day', 'days', 'dag', 'dagar', 'dygn'].map((unit): [string, number] => [unit, 1]),
  ...['w', 'week', 'weeks', 'v', 'vecka', 'veckor'].map((unit): [string, number] => [unit, 7]),
])

/** Little words that may stand between the key and when it expires: `giltig i 7 dagar`. */
export const expiryFillers = ['in', 'after', 'until', 'on', 'i', 'om', 'efter', 'till', 'tom', 't.o.m.']

/** What to write instead, for an option whose value is not understood. */
export const examples: Record<OptionName, string> = {
  login: 'Write login=recipients, login=locals or login=none.',
  max: 'Write max and a whole number, as in max=3, or max=unlimited.',
  private: 'Write private, or private=no.',
  expires: 'Write the days, as in expires=7d, or the last day, as in expires=2026-12-31.',
  receipt: 'Write receipt=yes or receipt=no.',
  lang: 'Write lang=sv or lang=en.',
}
