import type { Language } from '#model.ts'

const units = ['kB', 'MB', 'GB', 'TB']

/**
 * A size for people: `20,3 MB` in Swedish, `20.3 MB` in English. Units are 1024-based, as file managers show
 * them; one decimal below 100, none from there on.
 */
export function humanSize(sizeBytes: number, lang: Language): string {
  if (sizeBytes < 1024) return `${sizeBytes} ${sizeBytes === 1 || lang === 'sv' ? 'byte' : 'bytes'}`
  let value = sizeBytes / 1024
  let unit = 0
  // What would round to 1024 is one of the next unit.
  while (rounded(value) >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const number = String(rounded(value))
  return `${lang === 'sv' ? number.replace('.', ',') : number} ${units[unit]}`
}

function rounded(value: number): number {
  return value < 99.95 ? Math.round(value * 10) / 10 : Math.round(value)
}
