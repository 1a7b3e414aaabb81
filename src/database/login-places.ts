import type { Queryable } from './database.ts'

/** A login from a place is remembered for so long. */
const rememberDays = 60

/** The first of these places from which somebody has logged in under this key before; null if there is none. */
export async function findKnownPlace(db: Queryable, key: string, places: string[]): Promise<string | null> {
  const { rows } = await db.query<{ place: string }>(
    `select place from login_places where key = $1 and place = any($2) and seen_at > now() - make_interval(days => $3)
     order by array_position($2, place) limit 1`,
    [key, places, rememberDays],
  )
  return rows[0]?.place ?? null
}

/** Remembers that somebody has logged in from these places, under each of these keys. */
export async function rememberPlaces(db: Queryable, keys: string[], places: string[]): Promise<void> {
  // Programs log in for every mail: a place is written anew once a day.
  await db.query(
    `insert into login_places (key, place) select key, place from unnest($1::text[]) as key, unnest($2::text[]) as place
     on conflict (key, place) do update set seen_at = now() where login_places.seen_at < now() - interval '1 day'`,
    [keys, places],
  )
}

/** Forgets up to `limit` places from which nobody has logged in for long. Returns how many. */
export async function deleteOldLoginPlaces(db: Queryable, limit = 5000): Promise<number> {
  const { rowCount } = await db.query(
    `delete from login_places where ctid = any (array(
       select ctid from login_places where seen_at <= now() - make_interval(days => $1)
       order by seen_at limit $2 for update skip locked))`,
    [rememberDays, limit],
  )
  return rowCount ?? 0
}
