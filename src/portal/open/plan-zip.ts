import { createHash } from 'node:crypto'
import type { MessageRow } from '#database/messages.ts'
import { distinctFileNames } from '#mail/file-name.ts'
import type { StoredFile } from '#model.ts'
import { layOutZip, type ZipLayout } from './zip-layout.ts'

/** All files of a message as one zip. */
export interface Zip {
  message: MessageRow
  /** In the order of the zip. */
  files: StoredFile[]
  layout: ZipLayout
  /** The same bytes always have the same. */
  entityTag: string
}

/** The zip of a message's files, laid out: the same at any time and on any node whose clocks are set to the same zone. */
export function planZip(message: MessageRow, files: StoredFile[]): Zip {
  const names = distinctFileNames(files.map(file => file.name))
  const layout = layOutZip(
    files.map((file, index) => ({ name: names[index]!, sizeBytes: file.sizeBytes })),
    message.createdAt,
  )
  const hash = createHash('sha256').update(layout.directory(files.map(() => 0)))
  for (const file of files) hash.update(file.id)
  return { message, files, layout, entityTag: `"${hash.digest('hex')}"` }
}
