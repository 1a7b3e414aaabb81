import { readdirSync } from 'node:fs'
import { expect } from 'vitest'
import type { FaultyProxy } from './faulty-proxy.ts'

/** How a part of ours is away, by what becomes of the line to it. */
export function waysToBreak(proxy: () => FaultyProxy): [string, () => void][] {
  return [
    ['refuses', () => proxy().cut()],
    ['hangs', () => proxy().hang()],
    ['is cut off in the middle of its first answer', () => proxy().cut(20, 'toClient')],
    ['falls silent in the middle of its first answer', () => proxy().hang(20, 'toClient')],
  ]
}

/** Lines and files that this process has open, once the proxy has dropped its own. */
export function countOpen(proxy: FaultyProxy): number {
  proxy.heal()
  return readdirSync('/proc/self/fd').length
}

/** No more is open than before, as soon as what is kept for a moment is let go. */
export async function expectNothingLeaks(proxy: FaultyProxy, before: number): Promise<void> {
  await expect.poll(() => countOpen(proxy), { interval: 250 }).toBeLessThanOrEqual(before)
}
