import type { QueueRequest } from './queue-request.ts'
import { queueHead, queueLines } from './queue-table.ts'
import { systemUser } from './system-user.ts'
import { withDatabase } from './with-database.ts'
import type { Database } from '#database/database.ts'
import { dropQueued, findQueueEntries, findQueueEntriesById, retryQueued, type QueueEntry } from '#database/queue.ts'

const pageSize = 500
const usualColumns = 80

/** `kuvert queue`: shows what waits to be delivered, has it tried now, or takes it out. 1 where something named is not there. */
export function runQueue({
  configFile,
  asked,
}: {
  configFile: string | undefined
  asked: QueueRequest
}): Promise<number> {
  return withDatabase(configFile, async db => {
    if (asked.what === 'list') return list(db, asked.json)
    const ids = asked.ids === 'all' ? null : await findIds(db, asked.ids)
    // With one of them wrong, nothing is done: what was meant is not clear.
    if (ids === 'unclear') return 1
    if (asked.what === 'retry') {
      console.log(`${await retryQueued(db, ids)} will be tried now.`)
      return 0
    }
    return drop(db, ids ?? [], asked.silent)
  })
}

async function list(db: Database, json: boolean): Promise<number> {
  const columns = process.stdout.columns ?? usualColumns
  const count = { copy: 0, notice: 0 }
  for await (const entry of readQueue(db)) {
    if (json) console.log(JSON.stringify(entry))
    else {
      if (count.copy + count.notice === 0) console.log(queueHead(columns))
      console.log(queueLines(entry, columns, new Date()).join('\n'))
    }
    count[entry.kind] += 1
  }
  if (json) return 0
  const empty = count.copy + count.notice === 0
  console.log(empty ? 'The queue is empty.' : `Queued: ${count.copy} copies, ${count.notice} notices.`)
  return 0
}

async function* readQueue(db: Database): AsyncGenerator<QueueEntry> {
  let last: QueueEntry | undefined
  do {
    const page = await findQueueEntries(db, pageSize, last)
    yield* page
    last = page.length === pageSize ? page.at(-1) : undefined
  } while (last)
}

async function findIds(db: Database, beginnings: string[]): Promise<string[] | 'unclear'> {
  const ids: string[] = []
  for (const beginning of beginnings) {
    const [found, other] = await findQueueEntriesById(db, beginning)
    if (found && !other) ids.push(found.id)
    else if (found) console.error(`More than one id begins with ${beginning}; write more of it.`)
    else console.error(`There is nothing in the queue with the id ${beginning}.`)
  }
  return ids.length === beginnings.length ? ids : 'unclear'
}

async function drop(db: Database, ids: string[], silent: boolean): Promise<number> {
  const dropped = await dropQueued(db, ids, { silent, by: systemUser() })
  const left = ids.filter(id => !dropped.includes(id))
  for (const id of left) console.error(`${id} is being sent at this moment, or has just been; look again.`)
  console.log(`${dropped.length} dropped.${silent ? '' : ' The senders of copies are told.'}`)
  return left.length === 0 ? 0 : 1
}
