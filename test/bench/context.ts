import { closeInTurn } from '#platform/close-in-turn.ts'
import type { Goal } from './goals.ts'

/** What every benchmark is given. */
export interface Bench {
  /** Fewer and shorter runs: to see whether something works, not how fast. */
  quick: boolean
  /** Rounds that count. */
  runs: number
  /** Where Kuvert's CPU profiles go. */
  profileFolder: string | undefined
  /** Scratch, removed at the end. */
  folder: string
  goals: Goal[]
  /** Has it stopped when the benchmark ends, or is broken off; what was started last is stopped first. */
  keep<One extends Stoppable>(one: One): One
  /** Stops all that is kept, now. */
  stopAll(): Promise<void>
}

interface Stoppable {
  stop(): Promise<void>
}

/** What a benchmark is given of what it has started, in the order in which it is stopped. */
export function makeKeeper(): Pick<Bench, 'keep' | 'stopAll'> {
  const kept: Stoppable[] = []
  return {
    keep: one => {
      kept.unshift(one)
      return one
    },
    stopAll: () => closeInTurn(kept.splice(0).map(({ stop }) => stop)),
  }
}
