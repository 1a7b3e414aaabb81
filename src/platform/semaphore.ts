/** Runs at most `limit` pieces of work at once; the others wait their turn, in order. */
export function makeWhenFree(limit: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let running = 0
  return async work => {
    if (running >= limit) await new Promise<void>(resolve => waiting.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      // The place is handed on, not given up and taken again.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}
