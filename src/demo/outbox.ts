import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { simpleParser, type AddressObject, type ParsedMail } from 'mailparser'

/** A mail in the Maildir, read. */
export interface DeliveredMail {
  path: string
  deliveredTo: string
  parsed: ParsedMail
  /** Its link, where Kuvert put one in. */
  link: string | null
}

const waitSeconds = 60

/** Waits until the Maildir has `count` mails that were not there before, and reads them. */
export async function waitForMails(maildir: string, before: Set<string>, count: number): Promise<DeliveredMail[]> {
  for (const end = Date.now() + waitSeconds * 1000; ; await pause(100)) {
    const fresh = (await listMails(maildir)).filter(name => !before.has(name))
    if (fresh.length >= count) return Promise.all(fresh.map(name => readMail(join(maildir, 'new', name))))
    if (Date.now() > end)
      throw new Error(`After ${waitSeconds} seconds, ${fresh.length} of ${count} mails have arrived in ${maildir}.`)
  }
}

/** The names of the mails that have been delivered and not been read. */
export async function listMails(maildir: string): Promise<string[]> {
  return readdir(join(maildir, 'new')).catch(() => [])
}

async function readMail(path: string): Promise<DeliveredMail> {
  const parsed = await simpleParser(await readFile(path))
  const deliveredTo = (parsed.headers.get('delivered-to') as AddressObject | undefined)?.text ?? ''
  return { path, deliveredTo, parsed, link: /https?:\/\/\S+\/l\/[\w-]+/.exec(parsed.text ?? '')?.[0] ?? null }
}
