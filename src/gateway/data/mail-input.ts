import { Failure } from '#failure.ts'
import type { Chunks } from '#platform/chunks.ts'
import { ClientGone } from '#gateway/accept/client.ts'
import { createDataReader } from './data-reader.ts'

/** So much waits to be taken before the client has to wait. */
const maxWaitingBytes = 16 * 1024
/** Many tiny chunks cost more memory than their bytes. */
const maxWaitingChunks = 128

/** The line that the mail comes by. */
interface Flow {
  pause(): void
  resume(): void
}

/**
 * A mail while its client sends it. What is pushed in at one end is DATA, as it is on the line; at the other it is the mail, in chunks
 * that nobody writes to again.
 */
export interface MailInput extends Chunks {
  /** Takes bytes; returns those that followed the end of the mail, undefined where it has not ended. */
  push(chunk: Buffer): Buffer | undefined
  /** The client has gone. */
  cutOff(): void
  /** From now on nobody reads the mail. Resolves when all of it has come, or never will. */
  discard(): Promise<void>
  /** Whether somebody waits for the client to say more. */
  isAwaited(): boolean
  /** Whether all of it has come. */
  isWhole(): boolean
}

/** It has one reader, who asks for one chunk at a time. */
export function createMailInput(flow: Flow): MailInput {
  const read = createDataReader()
  const queue = createQueue(flow)
  let whole = false
  let discarded = false
  let gone = false
  let error: Error | undefined
  /** Whoever waits for something to happen. */
  let wake: (() => void) | undefined

  const happened = () => {
    wake?.()
    wake = undefined
  }
  const fail = (reason: Error) => {
    error ??= reason
    queue.clear()
    happened()
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>(resolve => (wake = resolve))
  }
  const next = async (): Promise<IteratorResult<Buffer>> => {
    await until(() => !queue.isEmpty() || whole || error !== undefined)
    if (error) throw error
    return queue.isEmpty() ? { done: true, value: undefined } : { done: false, value: queue.takeAll() }
  }
  return {
    push: chunk => {
      const { mail, after, broken } = read(chunk)
      // Whoever waits takes it at once.
      if (!discarded && !error) queue.add(mail, wake === undefined)
      if (broken) fail(new Failure('LINE_ENDINGS'))
      whole = after !== undefined
      happened()
      return after
    },
    cutOff: () => {
      gone = true
      if (!whole) fail(new ClientGone('The client went away in the middle of its mail.'))
    },
    destroy: reason => {
      gone = true
      fail(reason ?? new Error('The mail was not read to its end.'))
    },
    discard: async () => {
      discarded = true
      queue.clear()
      await until(() => whole || gone)
    },
    isAwaited: () => wake !== undefined,
    isWhole: () => whole,
    [Symbol.asyncIterator]: () => ({ next }),
  }
}

/** What has come and waits. The client waits as well where that is too much. */
function createQueue(flow: Flow) {
  let chunks: Buffer[] = []
  let bytes = 0
  let paused = false
  const clear = () => {
    if (paused) flow.resume()
    paused = false
    chunks = []
    bytes = 0
  }
  return {
    isEmpty: () => bytes === 0,
    add: (chunk: Buffer, mustWait: boolean) => {
      if (chunk.length === 0) return
      chunks.push(chunk)
      bytes += chunk.length
      if (chunks.length > maxWaitingChunks) chunks = [Buffer.concat(chunks)]
      if (!mustWait || paused || bytes < maxWaitingBytes) return
      paused = true
      flow.pause()
    },
    takeAll: () => {
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      clear()
      return all
    },
    clear,
  }
}
