import type { Origins } from '#options/choose-options.ts'
import { dayOf } from '#options/expiry.ts'
import {
  optionNames,
  optionRecords,
  type OptionName,
  type Options,
  type OptionValues,
} from '#options/option-records.ts'

/** Each option with its value and where that comes from. */
export function showOptions(options: Options, origins: Origins, now: Date): string[] {
  const rows = optionNames.map(name => {
    const value = name === 'expires' ? expiry(options.expiresAt, now) : said(name, options[name])
    const origin = origins[name === 'expires' ? 'expiresAt' : name]
    return `  ${name.padEnd(10)} ${value.padEnd(30)} ${originWords(origin)}`
  })
  return ['Options', ...rows]
}

function said<Name extends OptionName>(name: Name, value: OptionValues[Name]): string {
  return optionRecords[name].say(value).en
}

const dayMs = 86_400_000

function expiry(date: Date, now: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0')
  const days = Math.floor((date.getTime() - now.getTime()) / dayMs)
  return `${dayOf(date)} ${pad(date.getHours())}:${pad(date.getMinutes())} (${days} ${days === 1 ? 'day' : 'days'})`
}

function originWords(origin: string): string {
  if (origin === 'header' || origin === 'subject') return `the ${origin}`
  if (origin === 'expiresAtMostDays') return 'limit expiresAtMostDays'
  return origin
}
