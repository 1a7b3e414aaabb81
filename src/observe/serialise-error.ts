import { Failure } from '#failure.ts'

/** An error as plain data, for another thread. */
export interface CarriedError {
  name: string
  message: string
  stack: string | undefined
  /** What else it says of itself, such as the `code` of a system error. */
  about: Record<string, string | number | boolean>
  failure?: Pick<Failure, 'code' | 'details'>
  cause?: CarriedError
}

/** Takes an error apart, with its causes. */
export function carry(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined, about: {} }
  const { name, message, stack, cause } = error
  const known = new Set(['name', 'message', 'stack', 'cause'])
  const about = Object.fromEntries(
    Object.entries(error).filter(([key, value]) => !known.has(key) && /^(string|number|boolean)$/.test(typeof value)),
  ) as CarriedError['about']
  return {
    name,
    message,
    stack,
    about,
    ...(error instanceof Failure ? { failure: { code: error.code, details: error.details } } : {}),
    ...(cause === undefined ? {} : { cause: carry(cause) }),
  }
}

/** The error again: a `Failure` where it was one, otherwise an Error of the same name, stack and cause. */
export function restore({ name, message, stack, about, failure, cause }: CarriedError): Error {
  const options = cause ? { cause: restore(cause) } : {}
  const error = failure ? new Failure(failure.code, failure.details, options) : new Error(message, options)
  Object.defineProperty(error, 'stack', { value: stack, configurable: true, writable: true, enumerable: false })
  if (failure) return error
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true, enumerable: false })
  return Object.assign(error, about)
}
