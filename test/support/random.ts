import { createHash } from 'node:crypto'

/** Numbers that look random and are the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 up to, and without, `end`. */
  below(end: number): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  /** True as often as `share` (0 to 1) says. */
  chance(share: number): boolean
  pick<Item>(items: readonly Item[]): Item
  bytes(count: number): Buffer
}

/** xorshift128, started from a hash of the seed. */
export function randomFrom(seed: string): Random {
  const hash = createHash('sha256').update(seed).digest()
  const state = [0, 4, 8, 12].map(at => hash.readUInt32LE(at) | 1)
  const next = (): number => {
    let mixed = state.shift()!
    mixed ^= mixed << 11
    mixed ^= mixed >>> 8
    const last = state[2]!
    state.push(mixed ^ last ^ (last >>> 19))
    return state[3]! >>> 0
  }
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end)
  return {
    below,
    between: (least, most) => least + below(most - least + 1),
    chance: share => next() / 2 ** 32 < share,
    pick: items => items[below(items.length)]!,
    bytes: count => Buffer.from(Array.from({ length: count }, () => below(256))),
  }
}
