import type { Queryable } from '#database/database.ts'

/**
 * Counts one more download of a file by a person, unless `max` are counted already (null is unlimited).
 * One statement, so that it is exact under parallel requests. False where nothing is left.
 */
export async function countDownload(
  db: Queryable,
  fileId: string,
  person: string,
  max: number | null,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into counts (file_id, person, used) values ($1, $2, 1)
     on conflict (file_id, person) do update set used = counts.used + 1 where $3::integer is null or counts.used < $3
     returning used`,
    [fileId, person, max],
  )
  return rowCount === 1
}

/** How often a person has fetched each of these files; a file that is not in the map was never fetched. */
export async function findCounts(db: Queryable, fileIds: string[], person: string): Promise<Map<string, number>> {
  const { rows } = await db.query<{ fileId: string; used: number }>(
    'select file_id as "fileId", used from counts where file_id = any($1) and person = $2',
    [fileIds, person],
  )
  return new Map(rows.map(row => [row.fileId, row.used]))
}
