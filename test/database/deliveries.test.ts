import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '#database/database.ts'
import {
  claimDeliveries,
  claimOldDeliveries,
  endLeases,
  findNextDueMilliseconds,
  newLease,
  postponeDelivery,
} from '#database/deliveries.ts'
import { deliveryReasons } from '#model.ts'
import { freshDatabase } from '../support/fresh-database.ts'

let db: Database
let drop: () => Promise<void>
beforeEach(async () => {
  ;({ db, drop } = await freshDatabase())
  await db.query('alter table deliveries drop constraint deliveries_link_id_fkey')
})
afterEach(() => drop())

/** So many copies that have been due for so long, tried so often. */
const queue = (count: number, attempts: number, dueSeconds: number) =>
  db.query(
    `insert into deliveries (id, link_id, attempts, created_at, next_attempt_at)
     select gen_random_uuid(), gen_random_uuid(), $2, now() - interval '1 day', now() - make_interval(secs => $3)
     from generate_series(1, $1)`,
    [count, attempts, dueSeconds],
  )

/** How often those that were claimed had been tried. */
async function claim(limit: number, retries: number): Promise<number[]> {
  const claimed = await claimDeliveries(db, { limit, retries, lease: newLease(60) })
  return claimed.map(({ attempts }) => attempts - 1).toSorted((one, other) => one - other)
}

test('new copies are claimed beside a thousand that fail again and again', async () => {
  await queue(1000, 7, 3600)
  await queue(10, 0, 0)
  expect(await claim(4, 2)).toEqual([0, 0, 7, 7])
  expect(await claim(2, 0)).toEqual([0, 0])
})

test('copies that failed are claimed beside a thousand new ones', async () => {
  await queue(1000, 0, 3600)
  await queue(10, 7, 0)
  expect(await claim(4, 2)).toEqual([0, 0, 7, 7])
})

test('nothing is left idle where there is only one kind', async () => {
  await queue(3, 7, 10)
  expect(await claim(4, 1)).toEqual([7, 7, 7])
  await queue(5, 0, 10)
  expect(await claim(4, 2)).toEqual([0, 0, 0, 0])
})

test('a claimed copy is nobody else’s until its lease has ended', async () => {
  await queue(1, 0, 0)
  expect(await claim(4, 2)).toEqual([0])
  expect(await claim(4, 2)).toEqual([])
  const wait = await findNextDueMilliseconds(db, true)
  expect(wait).toBeGreaterThan(50_000)
  await db.query(`update deliveries set leased_until = now() - interval '1 second'`)
  expect(await findNextDueMilliseconds(db, true)).toBe(0)
  expect(await claim(4, 2)).toEqual([1])
})

test('each reason for which a copy was not handed over can be stored, and no other word', async () => {
  await queue(deliveryReasons.length, 0, 0)
  const lease = newLease(60)
  const claimed = await claimDeliveries(db, { limit: deliveryReasons.length, retries: 0, lease })
  for (const [index, reason] of deliveryReasons.entries())
    await postponeDelivery(db, claimed[index]!, 60, { reason, reply: '' })
  const { rows } = await db.query<{ reason: string }>('select reason from deliveries')
  expect(rows.map(row => row.reason).toSorted()).toEqual([...deliveryReasons].toSorted())
  await expect(db.query(`update deliveries set reason = 'bad luck'`)).rejects.toThrow('deliveries_reason_check')
})

test('old ones can be claimed alone', async () => {
  await queue(2, 3, 10)
  const old = (hours: number) => claimOldDeliveries(db, { limit: 5, hours, lease: newLease(60) })
  expect(await old(25)).toEqual([])
  expect(await old(23)).toHaveLength(2)
})

test('a lease that is ended leaves a copy as it was before it was claimed, and other leases alone', async () => {
  await queue(3, 7, 10)
  const [one, other] = [newLease(60), newLease(60)]
  await claimDeliveries(db, { limit: 2, retries: 2, lease: one })
  await claimDeliveries(db, { limit: 1, retries: 1, lease: other })
  expect(await endLeases(db, [one.id, newLease(60).id])).toEqual([one.id])
  expect(await endLeases(db, [one.id])).toEqual([])
  expect(await findNextDueMilliseconds(db, true)).toBe(0)
  expect(await claim(4, 2)).toEqual([7, 7])
})
