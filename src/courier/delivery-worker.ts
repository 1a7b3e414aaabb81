import { setTimeout as pause } from 'node:timers/promises'
import {
  claimDeliveries,
  claimOldDeliveries,
  deliveriesChannel,
  findNextDueMilliseconds,
  newLease,
  newsPayload,
  postponeDelivery,
  renewDelivery,
  type ClaimedDelivery,
  type Lease,
} from '#database/deliveries.ts'
import { claimNotices, postponeNotice, renewNotice, type ClaimedNotice } from '#database/notices.ts'
import { isFailure } from '#failure.ts'
import { makeWakeUp, type WakeUp } from '#platform/wake-up.ts'
import type { FreshCopy, ReservedSlots, ReserveSlots } from '#seal/local-dispatch.ts'
import { makeLeasesInDoubt } from '#courier/claim/leases-in-doubt.ts'
import { retryPause } from '#courier/claim/retry-pause.ts'
import { makeSendLimit } from '#courier/send/send-limit.ts'
import type { CourierDeps } from './courier-deps.ts'
import { deliverMail } from './deliver-mail.ts'
import { deliverNotice } from './deliver-notice.ts'
import { runLeased, type LeasedTask } from './leased-task.ts'
import { reportDeliveries } from './report-deliveries.ts'

/** The longest sleep of the claim loop, in case a wake-up was lost. It is no longer than a lease. */
const longestSleepMs = 60_000
/** Until the next try if the database is away, or if a lease is in doubt. */
const outageSleepMs = 2000
/** Between looks for news for senders that this worker was not woken for, and while news waits for other copies. */
const reportSleepMs = 15_000
const shortReportSleepMs = 1000
/** A next hop may take ten minutes for its last answer; Kuvert does not wait that long when it is stopped. */
const closeSeconds = 30
/** For tasks that were cut off to be given back. */
const cutMs = 2000
const fault = 'Something went wrong here; see the log.'

/**
 * Delivers copies and notices as they become due, and tells senders of copies that failed or are late. One for each
 * process; others work on the same queue.
 *
 * Always true:
 *
 * - **Capacity.** Running tasks and reserved slots are together at most `courier.atOnce`. A task is started and a slot is
 *   reserved only within the send limit. The exception are copies that are too old: they need not be sent, and are given
 *   up while the next hop is away.
 * - **Lease.** Each claim and each reservation has a lease of its own, and each row that it holds belongs to one task, which
 *   renews the lease until it has settled or postponed the row.
 * - **Lease in doubt.** If the answer to a claim or a commit was lost, no task knows of the rows that it may hold. The claim
 *   loop ends that lease before it claims again, and looks for it until the lease has run out. If the process dies, its
 *   leases run out, and the rows are due for every worker.
 * - **Wake-up.** No due row is forgotten. After a claim the loop sleeps until the next row is due or the next lease runs out,
 *   and is woken by the commit that queues a row, and by each task that leaves its row to be tried again. News for senders is
 *   found by a look every 15 seconds, and at once if a task or an admin makes it.
 * - **Backlog.** If a claim may have left due rows behind (no free slot, sending is paused, or it failed), `#mayHaveBacklog`
 *   stays true until a later claim has taken everything. Until then each end of a task or reservation wakes the loop, and no
 *   slot is reserved: a fresh copy does not overtake the queue. It is true while a claim is under way, too.
 * - **Close.** After `close` has begun, nothing is claimed or reserved. What has not ended in time is cut off, and is due
 *   again.
 */
export class DeliveryWorker {
  readonly #deps: CourierDeps
  readonly #running = new Map<LeasedTask, Promise<void>>()
  /** Slots that are reserved for a commit: how many, until the promise resolves. */
  readonly #reserved = new Map<Promise<void>, number>()
  readonly #inDoubt = makeLeasesInDoubt()
  readonly #claims = makeWakeUp()
  readonly #reports = makeWakeUp()
  readonly #stopping = new AbortController()
  readonly #cutting = new AbortController()
  #mayHaveBacklog = true
  #listening: { close(): Promise<void> } | null = null
  #loops: Promise<void>[] = []

  /** A worker that does nothing yet. */
  constructor(deps: Omit<CourierDeps, 'sendLimit' | 'cut'>) {
    const sendLimit = makeSendLimit(deps.log, deps.settings.courier.atOnce)
    this.#deps = { ...deps, sendLimit, cut: this.#cutting.signal }
  }

  /** Claims what is due and reports to senders, until it is closed. Resolves when it listens for wake-ups of the database. */
  async start(): Promise<void> {
    this.#listening = await this.#deps.db.listen(deliveriesChannel, payload => this.wake(payload))
    this.#loops = [
      this.#loop(this.#claims, () => this.#look(), 'the courier cannot reach the queue; it will try again'),
      this.#loop(
        this.#reports,
        () => this.#report(),
        'senders cannot be told of deliveries now; it will be tried again',
      ),
    ]
  }

  /** Looks now for rows that are due or, with `newsPayload`, for news for senders. */
  wake(payload = ''): void {
    if (payload === newsPayload) this.#reports.wake()
    else this.#claims.wake()
  }

  /** Reserves slots for copies that are about to be committed; see `ReserveSlots`. */
  readonly reserveSlots: ReserveSlots = copies => {
    if (this.#stopping.signal.aborted || this.#mayHaveBacklog || copies > this.#freeSlots()) return null
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    this.#reserved.set(ended, copies)
    const lease = newLease(this.#deps.settings.courier.leaseSeconds)
    const release: ReservedSlots['release'] = isInDoubt => {
      this.#reserved.delete(ended)
      end()
      if (isInDoubt) this.#inDoubt.add(lease)
      if (isInDoubt || this.#mayHaveBacklog) this.wake()
    }
    const deliver: ReservedSlots['deliver'] = fresh => {
      for (const copy of fresh) this.#run(this.#copyTask(copy.delivery, copy))
      release(false)
    }
    return { lease, deliver, release }
  }

  /**
   * Takes nothing new, and resolves when all tasks have ended. Those that have not within so many seconds are cut off and
   * given back.
   */
  async close(withinSeconds: number = closeSeconds): Promise<void> {
    this.#stopping.abort()
    this.#claims.wake()
    this.#reports.wake()
    await Promise.all(this.#loops)
    await Promise.race([this.#untilIdle(), pause(withinSeconds * 1000, undefined, { ref: false })])
    const { size } = this.#running
    if (size > 0) this.#deps.log.warn({ deliveries: size }, 'stopping in the middle of deliveries')
    this.#cutting.abort()
    await Promise.race([this.#untilIdle(), pause(cutMs, undefined, { ref: false })])
    await this.#listening?.close()
  }

  /** Works, then sleeps for as long as the work says or until it is woken, again and again. */
  async #loop(wakeUp: WakeUp, work: () => Promise<number>, trouble: string): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      wakeUp.arm()
      const sleepMs = await work().catch((error: unknown) => {
        this.#deps.log.warn({ err: error }, trouble)
        return outageSleepMs
      })
      await wakeUp.sleep(sleepMs)
    }
  }

  async #report(): Promise<number> {
    const isSomethingLeft = await reportDeliveries(this.#deps, this.#stopping.signal)
    return isSomethingLeft ? shortReportSleepMs : reportSleepMs
  }

  async #look(): Promise<number> {
    await this.#inDoubt.end(this.#deps.db)
    const sleepMs = await this.#claim()
    if (this.#inDoubt.areLeft()) return Math.min(sleepMs, outageSleepMs)
    // Rows that others hold are seen while they hold them, and claimed at the moment at which their lease runs out.
    return Math.min(sleepMs, longestSleepMs, this.#deps.settings.courier.leaseSeconds * 1000)
  }

  /** Claims as many rows as there are free slots, and starts on them. Returns in how many milliseconds more may be due. */
  async #claim(): Promise<number> {
    this.#mayHaveBacklog = true
    const { db, settings, sendLimit } = this.#deps
    const { atOnce } = settings.courier
    const copyTask = (delivery: ClaimedDelivery) => this.#copyTask(delivery, null)
    const pauseMs = sendLimit.pauseMs()
    if (pauseMs > 0) {
      // Copies that have been queued for too long are given up without asking the next hop again.
      const old = { limit: atOnce - this.#taken(), hours: settings.courier.giveUpHours }
      await this.#take(old.limit, lease => claimOldDeliveries(db, { ...old, lease }), copyTask)
      return pauseMs
    }
    const free = this.#freeSlots()
    if (free <= 0) return longestSleepMs
    // Neither notices nor copies that were tried before take all slots while anything else is due.
    const noticeLimit = Math.min(free, Math.ceil(atOnce / 2) - this.#count('notice'))
    const takeNotices = (lease: Lease) => claimNotices(db, noticeLimit, lease)
    const notices = await this.#take(noticeLimit, takeNotices, notice => this.#noticeTask(notice))
    const limit = free - notices
    // If `atOnce` is odd, chance decides on the slot in the middle.
    const retries = Math.floor(atOnce / 2 + Math.random()) - this.#count('copy')
    const copies = await this.#take(limit, lease => claimDeliveries(db, { limit, retries, lease }), copyTask)
    if (copies === limit) return longestSleepMs
    // Notices beyond their limit are started when one before them has ended.
    const mayTakeNotices = notices < noticeLimit
    const dueMs = await findNextDueMilliseconds(db, mayTakeNotices)
    this.#mayHaveBacklog = !mayTakeNotices || sendLimit.atMost() < atOnce
    return dueMs ?? longestSleepMs
  }

  /** Claims up to `limit` rows under a new lease, and starts a task for each. Returns how many. */
  async #take<Row>(
    limit: number,
    claim: (lease: Lease) => Promise<Row[]>,
    taskOf: (row: Row) => LeasedTask,
  ): Promise<number> {
    if (limit <= 0) return 0
    const lease = newLease(this.#deps.settings.courier.leaseSeconds)
    const rows = await claim(lease).catch((error: unknown) => {
      if (isFailure(error, 'DATABASE_AWAY')) this.#inDoubt.add(lease)
      throw error
    })
    for (const row of rows) this.#run(taskOf(row))
    return rows.length
  }

  #run(task: LeasedTask): void {
    const work = runLeased(this.#deps, task).then(isSettled => {
      this.#running.delete(task)
      if (!isSettled || this.#mayHaveBacklog) this.wake()
    })
    this.#running.set(task, work)
  }

  #copyTask(delivery: ClaimedDelivery, fresh: FreshCopy | null): LeasedTask {
    const { db, settings } = this.#deps
    return {
      kind: delivery.attempts === 1 ? 'new copy' : 'copy',
      work: async () => {
        const { isSettled, isNews } = await deliverMail(this.#deps, delivery, fresh)
        if (isNews) this.wake(newsPayload)
        return isSettled
      },
      renewLease: () => renewDelivery(db, delivery, settings.courier.leaseSeconds),
      giveBack: () => {
        const pauseSeconds = retryPause(delivery.attempts, settings.courier)
        return postponeDelivery(db, delivery, pauseSeconds, { reason: 'failed', reply: fault })
      },
    }
  }

  #noticeTask(notice: ClaimedNotice): LeasedTask {
    const { db, settings } = this.#deps
    return {
      kind: 'notice',
      work: async () => {
        await deliverNotice(this.#deps, notice)
        return false
      },
      renewLease: () => renewNotice(db, notice, settings.courier.leaseSeconds),
      giveBack: () => postponeNotice(db, notice, retryPause(notice.attempts, settings.courier), fault),
    }
  }

  #count(kind: LeasedTask['kind']): number {
    return [...this.#running.keys()].filter(task => task.kind === kind).length
  }

  #taken(): number {
    return this.#running.size + [...this.#reserved.values()].reduce((sum, copies) => sum + copies, 0)
  }

  #freeSlots(): number {
    return this.#deps.sendLimit.atMost() - this.#taken()
  }

  async #untilIdle(): Promise<void> {
    while (this.#taken() > 0) await Promise.all([...this.#running.values(), ...this.#reserved.keys()])
  }
}
