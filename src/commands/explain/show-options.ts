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
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  const days = Math.round((date.getTime() - now.getTime()) / dayMs)
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())} (${days} ${days === 1 ? 'day' : 'days'})`
}

function originWords(origin: string): string {
  if (origin === 'header' || origin === 'subject') return `the ${origin}`
  if (origin === 'expiresAtMostDays') return 'limit expiresAtMostDays'
  return origin
}
