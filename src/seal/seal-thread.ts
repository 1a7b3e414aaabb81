import { Worker } from 'node:worker_threads'
import { restore, type CarriedError } from '#observe/serialise-error.ts'
import { noteNothing, type NoteStep } from '#observe/steps.ts'
import type { Settings } from '#settings/schema.ts'
import { makeWhenFree } from '#platform/semaphore.ts'
import type { HeaderSection } from '#mail/header-fields.ts'
import type { Plan, StoredFile, StoredSlim } from '#model.ts'
import type { PlanSettings } from '#seal/plan/plan-whole.ts'
import type { Marked } from '#seal/plan/plan.ts'

/** How a mail is to be sealed, as plain data. */
export interface SealWishes {
  settings: PlanSettings
  marked: Marked
  /** The envelope's. */
  sender: string
  /** The mail's, if it has been read already. */
  header?: HeaderSection
  /** The Received field that is put on top. */
  received?: Uint8Array
  /** 32 bytes. */
  messageKey: Uint8Array
}

/** A mail that is stored, and that nothing points to yet, as plain data. */
export interface SealedParts {
  senderName: string
  /** Whether a text of the mail is sealed. */
  private: boolean
  copy: Plan['copy']
  slots: Plan['slots']
  slim: StoredSlim
  files: StoredFile[]
}

/**
 * A mail in an open file, to be read by position, or a small one in memory, shared or not. Either stays as it is until the
 * mail is sealed, or has failed to be.
 */
export type MailToSeal = { fileDescriptor: number; sizeBytes: number } | { bytes: Uint8Array }

/** Where the thread stores. */
export type StorageSettings = Pick<Settings, 'objects' | 'dataFolder'>

export interface SealRequest {
  id: number
  mail: MailToSeal
  wishes: Omit<SealWishes, 'header'>
  /** As JSON: so many small objects are cloned ten times more slowly. */
  header: string | undefined
  /** Whether somebody wants to hear of each step. */
  isTraced: boolean
}

/** What the thread hears. After `end` it takes nothing more, and ends when it has nothing to do. */
export type SealOrder = SealRequest | { end: true }

export type SealAnswer =
  { id: number; sealed: SealedParts } | { id: number; error: CarriedError } | { id: number; step: string }

/**
 * A thread that seals: reading, decoding, hashing and encrypting large mails, and puzzling over strange ones, takes
 * nothing from the thread that receives and relays.
 */
export interface SealThread {
  /** Splits, plans and stores the mail there: `storeMail` in seal-mail.ts. */
  seal(mail: MailToSeal, wishes: SealWishes, noteStep?: NoteStep): Promise<SealedParts>
  /** Ends it: by itself if it is idle, cut off after two seconds if it is not. What it was about to seal then fails. */
  close(): Promise<void>
}

interface Waiting {
  resolve(sealed: SealedParts): void
  reject(error: Error): void
  noteStep: NoteStep
}

/** From here on, what a mail costs is its bytes. */
const largeBytes = 8 * 1024 ** 2
/**
 * Large mails that are worked on at the same time: one is worked on while the other is waited for, on its way to the disk.
 * When all are begun at once, all are done late, and nothing is received meanwhile.
 */
const largeAtOnce = 2
/** How long the thread has to end by itself. */
const endMs = 2000

/** It is started when there is something to seal, and again should it ever end. */
export function openSealThread(settings: StorageSettings): SealThread {
  let running: { worker: Worker; waiting: Map<number, Waiting> } | undefined
  let lastId = 0

  function start() {
    const { objects, dataFolder } = settings
    const worker = new Worker(new URL('./seal-thread-worker.ts', import.meta.url), {
      workerData: { objects, dataFolder },
    })
    const started = { worker, waiting: new Map<number, Waiting>() }
    let reason: Error = new Error('The thread that seals mails was ended.')
    worker.on('message', (answer: SealAnswer) => {
      const asked = started.waiting.get(answer.id)
      if ('step' in answer) return asked?.noteStep(answer.step)
      started.waiting.delete(answer.id)
      if ('sealed' in answer) asked?.resolve(answer.sealed)
      else asked?.reject(restore(answer.error))
    })
    worker.on('error', error => (reason = error as Error))
    // Only now nobody reads the files of the mails any more.
    worker.on('exit', () => {
      if (running === started) running = undefined
      for (const { reject } of started.waiting.values()) reject(reason)
    })
    return started
  }

  const whenFree = makeWhenFree(largeAtOnce)
  const ask = (mail: MailToSeal, wishes: SealWishes, noteStep: NoteStep) =>
    new Promise<SealedParts>((resolve, reject) => {
      const { header, ...plain } = wishes
      const request = { wishes: plain, header: header && JSON.stringify(header) }
      running ??= start()
      const id = (lastId += 1)
      running.waiting.set(id, { resolve, reject, noteStep })
      running.worker.postMessage({ id, mail, ...request, isTraced: noteStep !== noteNothing } satisfies SealRequest)
    })
  return {
    seal: (mail, wishes, noteStep = noteNothing) => {
      const isLarge = 'sizeBytes' in mail && mail.sizeBytes >= largeBytes
      return isLarge ? whenFree(() => ask(mail, wishes, noteStep)) : ask(mail, wishes, noteStep)
    },
    close: async () => {
      if (!running) return
      const { worker } = running
      const ended = new Promise(resolve => worker.once('exit', resolve))
      // A thread that is cut off in the middle of V8's own work can take the whole process with it.
      worker.postMessage({ end: true } satisfies SealOrder)
      const late = setTimeout(() => void worker.terminate(), endMs)
      await ended
      clearTimeout(late)
    },
  }
}
