import { describe, expect, test } from 'vitest'
import { parseOptions } from '#gateway/classify/parse-options.ts'
import { optionNames, optionRecords, optionWords, type OptionName } from '#options/option-records.ts'
import { exampleYaml } from '#settings/example.ts'
import { explained } from '../support/explained.ts'
import { classifyLines, classifySubject, marked, refusal, type Marked } from '../support/arrive.ts'
import { leaf, mail, usualFields } from '../support/mail-builder.ts'
import { exampleOf } from './example-of.ts'
import { optionTable, withOptionTables } from './option-tables.ts'

const usual = marked(classifySubject('[secure] Hello'))
const everyone = { sender: '*' }

/** The name of an option among those of a message. */
const fieldOf = (name: OptionName) => (name === 'expires' ? 'expiresAt' : name)

/** Checks that a mail asks for the example of the option and for nothing else, and where that comes from. */
function expectExample(name: OptionName, { options, origins }: Marked, origin: string): void {
  const field = fieldOf(name)
  const wanted = marked(classifySubject(`[secure, ${optionRecords[name].example.en}] Hello`)).options
  expect(options).toEqual({ ...usual.options, [field]: wanted[field] })
  expect(options[field]).not.toEqual(usual.options[field])
  expect(origins).toEqual({ ...usual.origins, [field]: origin })
}

describe.each(optionNames)('%s', name => {
  const { keys, phrases, values, example, bound, setting, hint, docs } = optionRecords[name]
  const set = { [setting.name]: exampleOf(name).set }

  test.each(['en', 'sv'] as const)('its example is an option in subject and header (%s)', language => {
    expect(parseOptions(example[language]).choices).toMatchObject([{ option: name }])
    expectExample(name, marked(classifySubject(`[secure, ${example[language]}] Hello`)), 'subject')
    expectExample(name, marked(classifyLines(['Subject: Hello', `X-Kuvert: ${example[language]}`])), 'header')
  })

  test('each of its words means the value that it stands for, alone or behind each key', () => {
    const read = (written: string) => parseOptions(written).choices.map(({ option, value }) => ({ option, value }))
    const inBoth = ({ en, sv }: { en: string[]; sv: string[] }) => [...en, ...sv]
    for (const [value, spellings] of phrases)
      for (const phrase of inBoth(spellings)) expect(read(phrase), phrase).toEqual([{ option: name, value }])
    for (const [value, spellings] of values)
      for (const word of inBoth(spellings))
        for (const key of inBoth(keys)) expect(read(`${key}=${word}`), word).toEqual([{ option: name, value }])
    for (const words of Object.values(optionWords(name, exampleOf(name).value as never)))
      expect(read(words)).toEqual([{ option: name, value: exampleOf(name).value }])
  })

  test('a sender whose value is not understood hears its hint', () => {
    const { message } = refusal(() => classifySubject(`[secure, ${keys.en[0]}=xyzzy] Hello`))
    expect(message).toContain(hint.en)
  })

  test('a rule and the defaults set it, and a sender goes before them', () => {
    const rules = [{ ...everyone, options: set }]
    expectExample(name, marked(classifySubject('Hello', { rules })), 'rule 1')
    expectExample(name, marked(classifySubject('[secure] Hello', { defaults: set })), 'default')
    const builtIn = optionWords(name, optionRecords[name].builtIn('sv') as never).en
    const { options, origins } = marked(classifySubject(`[secure, ${builtIn}] Hello`, { defaults: set, rules }))
    expect(options).toEqual(usual.options)
    expect(origins[fieldOf(name)]).toBe('subject')
  })

  test('if it is locked, senders cannot choose it, and the admin can', () => {
    const bounds = [{ locked: [name] }]
    const { code } = refusal(() => classifySubject(`[secure, ${example.en}] Hello`, { bounds }))
    expect(code).toBe('OPTION_LOCKED')
    expectExample(name, marked(classifySubject('[secure] Hello', { bounds, defaults: set })), 'default')
  })

  test('explain shows it, and where it comes from', async () => {
    const fields = usualFields.map(field => field.replace('[secure]', `[secure, ${example.en}]`))
    const { lines } = await explained(mail(leaf('Hello\r\n'), fields))
    expect(lines.filter(line => line.startsWith(`  ${name} `) && line.endsWith(' the subject'))).toHaveLength(1)
  })

  test('the example of the configuration shows its setting and its bound', () => {
    expect(exampleYaml()).toContain(`#${setting.name}: `)
    expect(exampleYaml()).toContain(setting.description)
    if (bound) expect(exampleYaml()).toContain(`# - ${bound.name}: ${bound.description}`)
  })

  test('docs/marking.md lists it', async () => {
    const { page } = await withOptionTables()
    expect(page, 'Write the tables with npm run option-tables.').toContain(optionTable(name))
    const written = docs.rows.flatMap(({ en, sv }) => [...en, ...sv])
    expect(written.filter(each => parseOptions(each).choices[0]?.option !== name)).toEqual([])
  })
})

test.each(optionNames.filter(name => optionRecords[name].bound !== null))(
  'a bound of %s holds senders and defaults',
  name => {
    const { bound, example, setting } = optionRecords[name]
    const set = { [setting.name]: exampleOf(name).set }
    const bounds = [{ [bound!.name]: bound!.example }]
    const { code } = refusal(() => classifySubject(`[secure, ${example.en}] Hello`, { bounds }))
    expect(['OPTION_OUT_OF_BOUNDS', 'OPTION_LOCKED']).toContain(code)
    const { options, origins } = marked(classifySubject('[secure] Hello', { bounds, defaults: set }))
    const wanted = marked(classifySubject('[secure] Hello', { defaults: set })).options
    expect(options[fieldOf(name)]).not.toEqual(wanted[fieldOf(name)])
    expect(origins[fieldOf(name)]).toBe('bound 1')
  },
)

test('docs/marking.md has the tables of the records and no others', async () => {
  const { page, written } = await withOptionTables()
  expect(page, 'Write the tables with npm run option-tables.').toBe(written)
})
