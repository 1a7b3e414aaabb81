import { parseOptions } from '#gateway/classify/parse-options.ts'
import { optionRecords, type OptionName } from '#options/option-records.ts'

/** The value that the example of an option asks for, and the setting that means it. */
export function exampleOf(name: OptionName): { value: unknown; set: unknown } {
  const { example, setting } = optionRecords[name]
  const { value } = parseOptions(example.en).choices[0]!
  const set = typeof value === 'object' && value !== null && 'days' in value ? value.days : value
  if (JSON.stringify(setting.valueOf(set as never)) !== JSON.stringify(value))
    throw new Error(`Say here how ${name} is set to the value of its example.`)
  return { value, set }
}
