import { Failure } from '#failure.ts'

/** What a peer hears of any trouble with the storage; the cause is for our log. */
export function storageAway(cause: unknown): Failure {
  return new Failure('OBJECTS_AWAY', {}, { cause })
}

/** Asks the storage for something; any error becomes `Failure('OBJECTS_AWAY')`. */
export async function askStorage<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw storageAway(error)
  }
}

/** The error of a put whose source did not keep its promise: our bug, or the source's. */
export function wrongSize(promisedBytes: number, deliveredBytes: number): Error {
  const delivered = deliveredBytes > promisedBytes ? 'more' : `only ${deliveredBytes}`
  return new Error(`The source promised ${promisedBytes} bytes and delivered ${delivered}.`)
}
