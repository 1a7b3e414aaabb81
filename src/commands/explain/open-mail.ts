import { open, type FileHandle } from 'node:fs/promises'
import { mailFromFile } from '#mail/mail-source.ts'
import { wireMail, type WireMail } from './wire-mail.ts'

/** The file cannot be explained; the message is a sentence for the one who named it. */
export class UnreadableMail extends Error {
  override readonly name = 'UnreadableMail'
}

export interface OpenMail extends WireMail {
  fileBytes: number
  close(): Promise<void>
}

const reasons: Record<string, string> = {
  ENOENT: 'There is no such file',
  ENOTDIR: 'There is no such file',
  EACCES: 'You may not read this file',
  EPERM: 'You may not read this file',
  ERR_ACCESS_DENIED: 'You may not read this file',
}

/** Opens a file with a mail, of any size. Throws `UnreadableMail` where there is no mail to be read. */
export async function openMail(path: string): Promise<OpenMail> {
  const file = await openFile(path)
  try {
    const found = await file.stat()
    if (!found.isFile()) throw new UnreadableMail(`This is a folder or a device, not a file: ${path}`)
    if (found.size === 0) throw new UnreadableMail(`The file is empty: ${path}`)
    const mail = await wireMail(mailFromFile(file, found.size))
    return { ...mail, fileBytes: found.size, close: () => file.close() }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path)
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    throw new UnreadableMail(`${reasons[code] ?? `This file cannot be read (${code})`}: ${path}`, { cause })
  }
}
