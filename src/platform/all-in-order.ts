/**
 * As `Promise.all`, but the failure does not depend on which of them is slower: waits until all have ended, and throws the
 * failure that stands first in the list.
 */
export async function allInOrder<Values extends readonly unknown[]>(promises: {
  [Index in keyof Values]: Promise<Values[Index]>
}): Promise<Values> {
  await Promise.allSettled(promises)
  return (await Promise.all(promises)) as Values
}
