/** A colour as red, green and blue, 0 to 255 each. */
export type Colour = readonly [number, number, number]

/** WCAG 2.2, 1.4.3: the least contrast between text and what is behind it. */
export const leastContrast = 4.5

export const white: Colour = [255, 255, 255]

/** A colour from `#rrggbb`. */
export function readColour(hex: string): Colour {
  const number = Number.parseInt(hex.slice(1), 16)
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255]
}

/** The contrast of two colours by WCAG 2.2, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [brighter, darker] = [luminance(one), luminance(other)].toSorted((a, b) => b - a)
  return (brighter! + 0.05) / (darker! + 0.05)
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map(value => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}
