/** Closes each, one after the other, also where one of them fails; the first error is thrown in the end. */
export async function closeInTurn(closers: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = []
  for (const close of closers) await close().catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw errors[0]
}
