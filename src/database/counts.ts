import type { Queryable } from './database.ts'
import { personColumns } from './person.ts'

/**
 * Counts one more download of each of these files by a person, but for those of which `max` are counted already (null is
 * unlimited). Returns which were counted. One statement, so that it is exact under parallel requests; the rows
 * are locked in one order for all.
 */
export async function countDownloads(
  db: Queryable,
  fileIds: string[],
  person: string,
  max: number | null,
): Promise<Set<string>> {
  const { link, account } = personColumns(person)
  const column = link === null ? 'person_account' : 'person_link'
  const { rows } = await db.query<{ fileId: string }>(
    `insert into counts (file_id, ${column}, used) select id, $2, 1 from unnest($1::uuid[]) as id order by id
     on conflict (file_id, ${column}) where ${column} is not null
     do update set used = counts.used + 1 where $3::integer is null or counts.used < $3
     returning file_id as "fileId"`,
    [fileIds, link ?? account, max],
  )
  return new Set(rows.map(row => row.fileId))
}

/** How often a person has fetched each of these files; a file that is not in the map was never fetched. */
export async function findCounts(db: Queryable, fileIds: string[], person: string): Promise<Map<string, number>> {
  const { link, account } = personColumns(person)
  const { rows } = await db.query<{ fileId: string; used: number }>(
    `select file_id as "fileId", used from counts
     where file_id = any($1) and (person_link = $2 or person_account = $3)`,
    [fileIds, link, account],
    'find-counts',
  )
  return new Map(rows.map(row => [row.fileId, row.used]))
}
