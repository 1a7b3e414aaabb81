import type { Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { restore, type CarriedError } from '#observe/serialise-error.ts'
import { Failure } from '#failure.ts'
import { makeWhenFree } from '#platform/semaphore.ts'
import type { ReadText, TextWanted } from './read-text.ts'

/** What is too much to be shown. */
const tooMuch: ReadText = { text: null, html: null, hasMore: false }

export interface ViewRequest {
  mail: Uint8Array
  wanted: TextWanted
}

export type ViewAnswer = { begun: true } | { read: ReadText } | { error: CarriedError }

interface MailToShow {
  sizeBytes: number
  open(): Promise<Readable>
  /** The visitor who waits for it: each may wait for a few only. */
  who: string
}

/**
 * Reads mails that are to be shown. A stranger may have written them, and no parser of HTML or MIME takes the same time
 * for every mail of a size; so they are read in threads of their own, each within a time and a memory, and mail and other
 * pages go on meanwhile.
 */
export interface Views {
  /**
   * Reads a mail once a thread is free; only then is it opened. It is too much if it is above 20 MiB, takes too long or too
   * much memory, or cannot be read. Throws `VIEWS_AT_ONCE` if too many wait already, and what `open` throws.
   */
  read(mail: MailToShow, wanted: TextWanted): Promise<ReadText>
  /** Ends the threads at once; what they were about to read is too much. */
  close(): Promise<void>
}

const threads = 2
/** Images included. */
const maxMailBytes = 20 * 1024 * 1024
/** Views that are read or wait for it. A page of a formatted text is two: the page, and the text in its frame. */
const viewsAtOnce = 30
const viewsOfVisitor = 4

/** Threads are started when they are needed, and again if they had to be ended. `seconds` and `mebibytes` are what a view may take. */
export function openViews(log: Logger, { seconds, mebibytes }: { seconds: number; mebibytes: number }): Views {
  const resourceLimits = { maxOldGenerationSizeMb: mebibytes, maxYoungGenerationSizeMb: 32 }
  const whenFree = makeWhenFree(threads)
  const idle: Worker[] = []
  const running = new Set<Worker>()
  const asked: string[] = []

  function start(): Worker {
    const thread = new Worker(new URL('./view-thread.ts', import.meta.url), { resourceLimits })
    running.add(thread)
    thread.once('exit', () => running.delete(thread))
    // One that nobody listens to would end the process; whoever waits for the thread hears of its end.
    thread.on('error', error => log.warn({ err: error }, 'A thread that reads texts ended'))
    return thread
  }
  async function readNow(open: MailToShow['open'], wanted: TextWanted): Promise<ReadText> {
    const mail = await gather(await open())
    const thread = idle.pop() ?? start()
    const answer = await ask(thread, { mail, wanted }, seconds)
    if ('late' in answer) await thread.terminate()
    else idle.push(thread)
    if ('read' in answer) return answer.read
    log.warn('late' in answer ? { seconds } : { err: restore(answer.error) }, 'A text could not be shown')
    return tooMuch
  }
  return {
    async read({ sizeBytes, open, who }, wanted) {
      if (sizeBytes > maxMailBytes) return tooMuch
      const own = asked.filter(other => other === who)
      if (asked.length >= viewsAtOnce || own.length >= viewsOfVisitor) throw new Failure('VIEWS_AT_ONCE')
      asked.push(who)
      try {
        return await whenFree(() => readNow(open, wanted))
      } finally {
        asked.splice(asked.indexOf(who), 1)
      }
    },
    close: async () => void (await Promise.all([...running].map(thread => thread.terminate()))),
  }
}

/** Late as well if the thread ended because it had no memory left. The time counts from when it has begun. */
function ask(
  thread: Worker,
  request: ViewRequest,
  seconds: number,
): Promise<Exclude<ViewAnswer, { begun: true }> | { late: true }> {
  return new Promise(resolve => {
    let timer: NodeJS.Timeout | undefined
    const settle = (answer: Parameters<typeof resolve>[0]) => {
      clearTimeout(timer)
      thread.removeAllListeners('message').removeListener('exit', onEnd)
      resolve(answer)
    }
    const onEnd = () => settle({ late: true })
    thread.on('message', (answer: ViewAnswer) => {
      if ('begun' in answer) timer = setTimeout(onEnd, seconds * 1000)
      else settle(answer)
    })
    thread.on('exit', onEnd)
    thread.postMessage(request, [request.mail.buffer as ArrayBuffer])
  })
}

async function gather(stream: Readable): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
  }
  // Memory of its own, so that it can be handed over.
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
