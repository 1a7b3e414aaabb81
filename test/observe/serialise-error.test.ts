import { readFile } from 'node:fs/promises'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { carry, restore, type CarriedError } from '#observe/serialise-error.ts'
import { Failure, isFailure } from '#failure.ts'

/** An error as it comes out in another thread. */
function carried(error: unknown): Error {
  const { port1, port2 } = new MessageChannel()
  port1.postMessage(carry(error))
  const { message } = receiveMessageOnPort(port2) as { message: CarriedError }
  port1.close()
  return restore(message)
}

async function systemError(): Promise<Error> {
  return readFile('/there/is/no/such/file').then(
    () => new Error('It could be read.'),
    (error: Error) => error,
  )
}

test('a failure stays one, with its code, its sentence, its stack and what really happened', async () => {
  const cause = await systemError()
  const failure = new Failure('MAIL_TOO_BIG', { limit: '1 MiB' }, { cause })
  const found = carried(failure)
  expect(isFailure(found, 'MAIL_TOO_BIG') && found.details).toEqual({ limit: '1 MiB' })
  expect(found.message).toBe(failure.message)
  expect(found.stack).toBe(failure.stack)
  expect(found.cause).toBeInstanceOf(Error)
  expect(found.cause).toMatchObject({ code: 'ENOENT', syscall: 'open', message: cause.message, stack: cause.stack })
})

test('any other error keeps its name, what it says of itself, and the causes below it', () => {
  const error = new RangeError('too far', { cause: new TypeError('wrong', { cause: 'a word' }) })
  const found = carried(Object.assign(error, { code: 'EFAR', of: { no: 'concern' } }))
  expect(isFailure(found)).toBe(false)
  expect([found.name, found.message, found.stack]).toEqual(['RangeError', 'too far', error.stack])
  expect(found).toHaveProperty('code', 'EFAR')
  expect(found).not.toHaveProperty('of')
  const cause = found.cause as Error
  expect([cause.name, cause.message]).toEqual(['TypeError', 'wrong'])
  expect((cause.cause as Error).message).toBe('a word')
})
