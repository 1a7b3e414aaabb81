import { dayOf } from '#seal/options/expiry.ts'
import type { Origins } from '#seal/options/choose-options.ts'
import type { Options } from '#model.ts'

/** Each option with its value and where that comes from. */
export function showOptions(options: Options, origins: Origins, now: Date): string[] {
  const values: Record<keyof Options, string> = {
    login: options.login,
    max: options.max === null ? 'unlimited' : String(options.max),
    private: yesOrNo(options.private),
    expiresAt: expiry(options.expiresAt, now),
    receipt: yesOrNo(options.receipt),
    lang: options.lang,
  }
  const rows = Object.entries(values).map(
    ([name, value]) => `  ${shownName(name).padEnd(10)} ${value.padEnd(30)} ${originWords(origins[name as never])}`,
  )
  return ['Options', ...rows]
}

function shownName(name: string): string {
  return name === 'expiresAt' ? 'expires' : name
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no'
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
