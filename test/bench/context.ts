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
}
