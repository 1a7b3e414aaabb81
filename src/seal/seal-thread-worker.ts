import { read } from 'node:fs'
import { promisify } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import { carry } from '#observe/serialise-error.ts'
import type { HeaderSection } from '#mail/header-fields.ts'
import { mailFromBuffer, mailFromFile, type MailSource } from '#mail/mail-source.ts'
import type { Objects } from '#objects/objects.ts'
import { openObjects } from '#objects/open-objects.ts'
import { noteNothing } from '#observe/steps.ts'
import { storeMail } from './seal-mail.ts'
import type { SealAnswer, SealOrder, SealRequest, StorageSettings } from './seal-thread.ts'

// What runs in the thread that `openSealThread` starts.
const { objects: objectSettings, dataFolder } = workerData as StorageSettings
const readFile = promisify(read)
let opened: Promise<Objects> | undefined

/** Opened by the first who needs it; where that cannot be, whoever asks is told, and the next one tries again. */
function openStorage(): Promise<Objects> {
  const opening = (opened ??= openObjects(objectSettings, dataFolder))
  opening.catch(() => opened === opening && (opened = undefined))
  return opening
}

parentPort!.on('message', (order: SealOrder) => {
  if ('end' in order) parentPort!.close()
  else sealRequested(order)
})

function sealRequested({ id, mail, header, wishes: plain, isTraced }: SealRequest): void {
  const wishes = header === undefined ? plain : { ...plain, header: JSON.parse(header) as HeaderSection }
  const noteStep = isTraced ? (step: string) => answer({ id, step }) : noteNothing
  const work = async () => storeMail(await openStorage(), sourceOf(mail), wishes, noteStep)
  work().then(
    sealed => answer({ id, sealed }),
    (error: unknown) => answer({ id, error: carry(error) }),
  )
}

function sourceOf(mail: SealRequest['mail']): MailSource {
  if ('bytes' in mail) return mailFromBuffer(Buffer.from(mail.bytes.buffer, mail.bytes.byteOffset, mail.bytes.length))
  const readAt = (memory: Buffer, offset: number, length: number, position: number) =>
    readFile(mail.fileDescriptor, memory, offset, length, position)
  return mailFromFile({ read: readAt }, mail.sizeBytes)
}

function answer(message: SealAnswer): void {
  parentPort!.postMessage(message)
}
