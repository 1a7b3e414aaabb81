import {
  optionNames,
  optionRecords,
  type FormName,
  type LimitValues,
  type OptionValues,
  type SetValueOf,
  type SetValues,
} from '#options/option-records.ts'
import type { OriginatedValues } from '#options/set-options.ts'
import { boxField } from './box-field.ts'
import { countField } from './count-field.ts'
import { dayField } from './day-field.ts'
import type { OptionField, Typed } from './option-field.ts'
import { radiosField } from './radios-field.ts'

/** The options as they stand in the form of a message: nothing of them has been checked. */
export type FormValues = { [Name in FormName]: Typed<OptionValues[Name]> }

type Fields = { [Name in FormName]: OptionField<OptionValues[Name], SetValueOf<Name>, LimitValues[Name]> }

/** The options that the forms ask for, in the order of the records. */
export const formNames = optionNames.filter((name): name is FormName => optionRecords[name].form !== null)

/** Their fields. */
export const optionFields = Object.fromEntries(formNames.map(name => [name, fieldOf(name)])) as unknown as Fields

function fieldOf(name: FormName) {
  const form = optionRecords[name].form!
  switch (form.kind) {
    case 'radios':
      return radiosField(name, form)
    case 'count':
      return countField(name, form)
    case 'day':
      return dayField(name, form)
    case 'box':
      return boxField(name, form)
  }
}

/** Something for each option of the forms, by name. */
export function forEachField<Made extends { [Name in FormName]: unknown }>(
  make: <Name extends FormName>(name: Name, field: Fields[Name]) => Made[Name],
): Made {
  return Object.fromEntries(formNames.map(name => [name, make(name, optionFields[name])])) as Made
}

/** These values as the form shows them. */
export function typedValues(values: OriginatedValues, now: Date): FormValues {
  return forEachField<FormValues>((name, field) => field.typed(values[name].value, now) as FormValues[typeof name])
}

/** Reads the posted form of a message; `line` gives a field of it, empty if there is none. */
export function readFormValues(line: (name: string) => string): FormValues {
  return forEachField<FormValues>((name, field) => field.read(line(field.postedAs)) as FormValues[typeof name])
}

/** Reads the posted form of the defaults. What makes no sense is as good as not chosen. */
export function readDefaults(line: (name: string) => string): SetValues {
  const read = formNames.map(name => {
    const { defaults } = optionFields[name]
    return [optionRecords[name].setting.name, defaults.read(line(defaults.postedAs))]
  })
  return Object.fromEntries(read.filter(([, value]) => value !== undefined)) as SetValues
}
