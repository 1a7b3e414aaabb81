import { newLease } from '#database/deliveries.ts'
import type { ReservedSlots } from '#seal/local-dispatch.ts'
import type { Alarm } from '#courier/claim/alarm.ts'
import type { Doubts } from '#courier/claim/doubts.ts'
import type { CourierParts } from './deliver-mail.ts'
import { copyTask, runTask, type Task } from './tasks.ts'

/** What is being done, and who is told when something ends or there is news for a sender. */
export interface Crew {
  running: Map<Task, Promise<void>>
  /** Places that are kept for copies that are being committed: how many, until then. */
  reserved: Map<Promise<void>, number>
  /** Of claims, and of commits that places were kept for. */
  doubts: Doubts
  claims: Alarm
  reports: Alarm
  /** Whether more may be due than there was room for, or nothing is sent for now: then whatever ends makes room. */
  isFull: boolean
  /** Aborted where nothing new is taken any more. */
  signal: AbortSignal
}

/** How many more there is room for. */
export function freePlaces({ sendLimit }: CourierParts, { running, reserved }: Crew): number {
  return sendLimit.atMost() - running.size - [...reserved.values()].reduce((sum, copies) => sum + copies, 0)
}

export function run(parts: CourierParts, crew: Crew, task: Task): void {
  const work = runTask(parts, task).then(isSettled => {
    crew.running.delete(task)
    // What is done with changes nothing, where everything that is due had room.
    if (!isSettled || crew.isFull) crew.claims.ring()
  })
  crew.running.set(task, work)
}

/** Keeps places for copies that are about to be committed; null where something that is due may be waiting for one. */
export function reserveSlots(parts: CourierParts, crew: Crew, copies: number): ReservedSlots | null {
  if (crew.signal.aborted || crew.isFull || copies > freePlaces(parts, crew)) return null
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  crew.reserved.set(ended, copies)
  const lease = newLease(parts.settings.courier.leaseSeconds)
  const release = (isInDoubt: boolean) => {
    crew.reserved.delete(ended)
    end()
    if (isInDoubt) crew.doubts.add(lease)
    if (isInDoubt || crew.isFull) crew.claims.ring()
  }
  return {
    lease,
    deliver: fresh => {
      for (const copy of fresh) run(parts, crew, copyTask(parts, copy.delivery, crew.reports.ring, copy))
      release(false)
    },
    release,
  }
}

/** Resolves when nothing is being done, and nothing is about to come. */
export async function untilIdle({ running, reserved }: Crew): Promise<void> {
  while (running.size + reserved.size > 0) await Promise.all([...running.values(), ...reserved.keys()])
}
