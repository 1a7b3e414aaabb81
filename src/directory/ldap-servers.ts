import { Failure } from '#failure.ts'
import type { OnNotice } from './directory.ts'

/** Puts a question to one server after the other. */
export type AskServers = <Answer>(question: (url: string) => Promise<Answer>) => Promise<Answer>

/** A server that was away is asked last for so long, so that not every question waits for it. */
const restSeconds = 30

/**
 * Asks the servers in their order until one answers. Any error of a question means that its server is away
 * (answers such as "wrong password" are returned, not thrown). When all are away: `Failure('DIRECTORY_AWAY')`,
 * with what each of them said as the cause.
 */
export function askInOrder(urls: string[], onNotice: OnNotice): AskServers {
  const awaySince = new Map<string, number>()
  const isResting = (url: string) => performance.now() - (awaySince.get(url) ?? -Infinity) < restSeconds * 1000
  return async question => {
    const errors: Error[] = []
    for (const url of urls.toSorted((one, other) => Number(isResting(one)) - Number(isResting(other)))) {
      try {
        const answer = await question(url)
        if (awaySince.delete(url)) onNotice(`The directory server ${url} answers again.`)
        return answer
      } catch (cause) {
        const error = new Error(`${url}: ${describe(cause)}`, { cause })
        if (!awaySince.has(url)) onNotice(`The directory server cannot be asked: ${error.message}`)
        awaySince.set(url, performance.now())
        errors.push(error)
      }
    }
    const said = errors.map(error => error.message).join('; ')
    throw new Failure('DIRECTORY_AWAY', {}, { cause: new AggregateError(errors, said) })
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A host with several addresses that all refuse is an error without a message.
  const parts: unknown[] = error instanceof AggregateError ? error.errors : []
  return error.message || parts.map(describe).join(', ') || error.name
}
