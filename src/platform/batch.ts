/**
 * Gathers what comes while a write is under way into the next one, so that many at once cost little more than one. What is
 * returned writes one item, and resolves when it is written; where several fail together for another reason than an
 * outage, each is tried by itself, so that nobody's item spoils another's.
 */
export function gather<Item>(
  writeAll: (items: Item[]) => Promise<void>,
  isOutage: (error: unknown) => boolean,
): (item: Item) => Promise<void> {
  const waiting: { item: Item; settle: PromiseWithResolvers<void> }[] = []
  let isWriting = false

  const write = async (batch: typeof waiting) => {
    try {
      await writeAll(batch.map(({ item }) => item))
      for (const { settle } of batch) settle.resolve()
    } catch (error) {
      if (batch.length === 1 || isOutage(error)) for (const { settle } of batch) settle.reject(error)
      else for (const each of batch) await write([each])
    }
  }
  const writeOn = async () => {
    isWriting = true
    for (let batch = waiting.splice(0, maxItems); batch.length > 0; batch = waiting.splice(0, maxItems))
      await write(batch)
    isWriting = false
  }
  return item => {
    const settle = Promise.withResolvers<void>()
    waiting.push({ item, settle })
    if (!isWriting) void writeOn()
    return settle.promise
  }
}

const maxItems = 200
