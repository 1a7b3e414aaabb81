import type { Queryable } from './database.ts'

/** Whether a chore was last done so many hours ago, or never. */
export async function isChoreDue(db: Queryable, name: string, everyHours: number, now: Date): Promise<boolean> {
  const { rowCount } = await db.query(
    'select from chores where name = $1 and done_at > $2::timestamptz - make_interval(secs => $3)',
    [name, now, everyHours * 3600],
  )
  return rowCount === 0
}

/** Notes that a chore is done. */
export async function markChoreDone(db: Queryable, name: string, now: Date): Promise<void> {
  await db.query(
    'insert into chores (name, done_at) values ($1, $2) on conflict (name) do update set done_at = excluded.done_at',
    [name, now],
  )
}
