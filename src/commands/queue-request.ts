import { UsageError } from './parse-command-line.ts'

/** What `kuvert queue` is to do; `ids` are ids, or how they begin. */
export type QueueRequest =
  | { what: 'list'; json: boolean }
  | { what: 'retry'; ids: string[] | 'all' }
  | { what: 'drop'; ids: string[]; silent: boolean }

/** The words and options of `kuvert queue`. Throws `UsageError`. */
export function parseQueue([what = 'list', ...words]: string[], flags: Set<string>): QueueRequest {
  if (what !== 'list' && what !== 'retry' && what !== 'drop') {
    throw new UsageError(`kuvert queue can list, retry or drop, not "${what}".`)
  }
  const [misplaced] = [...flags].filter(flag => flag in home && home[flag] !== what)
  if (misplaced !== undefined) throw new UsageError(`--${misplaced} is for kuvert queue ${home[misplaced]}.`)
  const ids = words.map(parseId)
  if (what === 'list') {
    if (words[0] !== undefined) throw new UsageError(`kuvert queue list does not know what to do with "${words[0]}".`)
    return { what, json: flags.has('json') }
  }
  if (what === 'drop') {
    if (ids.length === 0) throw new UsageError('kuvert queue drop needs the ids of what is to be dropped.')
    return { what, ids, silent: flags.has('silent') }
  }
  if (flags.has('all') === ids.length > 0) throw new UsageError('kuvert queue retry needs either ids or --all.')
  return { what, ids: flags.has('all') ? 'all' : ids }
}

/** Which of the three an option belongs to. */
const home: Record<string, string> = { json: 'list', all: 'retry', silent: 'drop' }

function parseId(word: string): string {
  if (!/^[\da-f][\da-f-]{3,35}$/i.test(word)) {
    throw new UsageError(
      `"${word}" is no id as kuvert queue shows them; at least its first four characters are needed.`,
    )
  }
  return word.toLowerCase()
}
