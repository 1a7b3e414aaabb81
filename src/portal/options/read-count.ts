/** A whole number from 1 to `most`, as it was typed; undefined for anything else. */
export function readCount(written: string, most: number): number | undefined {
  const count = written === '' ? Number.NaN : Number(written)
  return Number.isInteger(count) && count >= 1 && count <= most ? count : undefined
}
