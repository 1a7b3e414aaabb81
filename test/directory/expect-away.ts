import { expect } from 'vitest'
import { isFailure } from '#failure.ts'

/** Expects that the directory cannot be asked; gives the message of the cause, which is for the admin. */
export async function expectAway(answer: Promise<unknown>): Promise<string> {
  const error: unknown = await answer.catch((reason: unknown) => reason)
  if (!isFailure(error, 'DIRECTORY_AWAY')) throw new Error(`Not away: ${JSON.stringify(error)}`, { cause: error })
  expect(error.cause).toBeInstanceOf(Error)
  return (error.cause as Error).message
}
