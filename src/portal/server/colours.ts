import { contrast, leastContrast, readColour, white, type Colour } from '#settings/colour.ts'

const black: Colour = [0, 0, 0]
/** Behind text in the dark: `--card` of page.css. */
const darkCard: Colour = [0x1c, 0x23, 0x29]

/**
 * The style rules that give the pages the organisation's colour (#rrggbb), light and dark. White text on it must be
 * readable (the settings see to that); in the dark it is lightened until it can be read there.
 */
export function colourRules(colour: string): string {
  const accent = readColour(colour)
  const dark = lightened(accent)
  const light = { accent, 'accent-strong': mix(accent, black, 0.3), 'on-accent': white }
  const atNight = { accent: dark, 'accent-strong': mix(dark, white, 0.4), 'on-accent': mix(accent, black, 0.65) }
  return `:root{${declare(light)}}@media (prefers-color-scheme: dark){:root{${declare(atNight)}}}`
}

function lightened(colour: Colour): Colour {
  const behind = [darkCard, mix(colour, black, 0.65)]
  for (let amount = 0; amount < 1; amount += 0.05) {
    const lighter = mix(colour, white, amount)
    if (behind.every(other => contrast(lighter, other) >= leastContrast)) return lighter
  }
  return white
}

function declare(colours: Record<string, Colour>): string {
  return Object.entries(colours)
    .map(([name, [red, green, blue]]) => `--${name}:rgb(${red} ${green} ${blue});`)
    .join('')
}

function mix(from: Colour, to: Colour, amount: number): Colour {
  const [red, green, blue] = from.map((value, index) => Math.round(value + (to[index]! - value) * amount))
  return [red!, green!, blue!]
}
