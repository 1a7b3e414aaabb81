/**
 * Writes copies of mails as real clients send them, to be opened in real clients and looked at:
 *
 *     node test/clients/make-copies.ts FOLDER
 *
 * Below the folder: original/*.eml and copy/*.eml, a Maildir with the copies (mutt -f FOLDER/maildir), and the
 * same in an mbox that Thunderbird shows when it lies in the Local Folders of a profile.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCopies, type Copy } from './copies.ts'

const folder = process.argv[2]
if (folder === undefined) {
  console.error('Usage: node test/clients/make-copies.ts FOLDER')
  process.exit(2)
}
const copies = await makeCopies()
for (const path of ['original', 'copy', 'maildir/cur', 'maildir/new', 'maildir/tmp'])
  await mkdir(join(folder, path), { recursive: true })
for (const [index, copy] of copies.entries()) {
  await writeFile(join(folder, 'original', `${copy.name}.eml`), copy.original)
  await writeFile(join(folder, 'copy', `${copy.name}.eml`), copy.bytes)
  // So that a list of the mails tells which is which.
  const named = nameInSubject(copy)
  await writeFile(join(folder, 'maildir/cur', `${1_700_000_000 + index}.${copy.name}.copies:2,`), withLineFeeds(named))
}
await writeFile(join(folder, 'Copies'), Buffer.concat(copies.map(asMboxEntry)))
console.log(`${copies.length} copies in ${folder}`)

function nameInSubject({ name, bytes }: Copy): Buffer {
  const mail = bytes.toString('latin1').replace(/^Subject: .*\r\n/m, `Subject: ${name}\r\n`)
  return Buffer.from(mail.replace(/^(message-id: <)/im, `$1${name}.`), 'latin1')
}

function asMboxEntry(copy: Copy): Buffer {
  const mail = withLineFeeds(nameInSubject(copy))
    .toString('latin1')
    .replace(/^(>*From )/gm, '>$1')
  return Buffer.from(`From - Mon Nov 23 09:12:31 2026\n${mail}\n`, 'latin1')
}

function withLineFeeds(mail: Buffer): Buffer {
  return Buffer.from(mail.toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
}
