import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openSealed } from '#objects/sealed-objects.ts'
import { storeMail } from '#seal/seal-mail.ts'
import type { SealWishes } from '#seal/seal-thread.ts'

const messageKey = randomBytes(32)
const wishes: SealWishes = {
  settings: { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 },
  marked: { private: false, changedSubject: null, removeFields: [] },
  sender: 'anna@kommun.example',
  received: Buffer.from('Received: from here\r\n'),
  messageKey,
}
let folder: string
let objects: Objects
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-seal-'))
  objects = await openFolderObjects(folder)
})
afterEach(() => rm(folder, { recursive: true }))

/** A mail with these two attachments, as they are encoded. */
function mailWith(first: string, second: string): Buffer {
  const head =
    'From: anna@kommun.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
  const file = (name: string, encoded: string) =>
    `--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=${name}\r\n\r\n${encoded}\r\n`
  const text = '--b\r\nContent-Type: text/plain\r\n\r\nHej\r\n'
  return Buffer.from(`${head}${text}${file('1.pdf', first)}${file('2.pdf', second)}--b--\r\n`, 'latin1')
}

function lines(bytes: Buffer): string[] {
  return bytes.toString('base64').match(/.{1,76}/g)!
}

const content = randomBytes(57 * 40)
const even = lines(content)

test.each([
  ['even lines', even.join('\r\n'), false],
  [
    'an uneven line in the middle',
    [...even.slice(0, 20), even[20]!.slice(0, 40), even[20]!.slice(40), ...even.slice(21)].join('\r\n'),
    false,
  ],
  [
    'as many empty lines in the middle as look like another line',
    [...even.slice(0, 20), ...Array<string>(39).fill(''), ...even.slice(20)].join('\r\n'),
    false,
  ],
  ['a blank at the end of a line', [...even.slice(0, 20), `${even[20]} `, ...even.slice(21)].join('\r\n'), false],
  ['a letter that is none', even.join('\r\n').replace(/^(.{1000})./s, '$1!'), true],
  ['a letter too many', even.join('\r\n').replace(/^(.{1000})/s, '$1A'), true],
  ['padding in the middle', even.join('\r\n').replace(/^(.{1014})../s, '$1=='), true],
])('a file is what was attached, whatever its ends look like: %s', async (_, encoded, stillEncoded) => {
  const sealed = await storeMail(objects, mailFromBuffer(mailWith(even.join('\r\n'), encoded)), wishes)
  expect(sealed.files.map(file => file.stillEncoded)).toEqual([false, stillEncoded])
  const found = await Promise.all(sealed.files.map(file => read(file.objects[0]!)))
  expect(found[0]!.equals(content)).toBe(true)
  expect(found[1]!.equals(stillEncoded ? Buffer.from(encoded, 'latin1') : content)).toBe(true)
  expect(sealed.files[1]!.sizeBytes).toBe(found[1]!.length)
  // What was stored by a guess that was wrong is gone again.
  expect(await Array.fromAsync(objects.list())).toHaveLength(2)
})

async function read({ key, sizeBytes }: { key: string; sizeBytes: number }): Promise<Buffer> {
  const sealed = { objectKey: key, sizeBytes, key: messageKey, associatedData: Buffer.from(key) }
  return Buffer.concat(await Array.fromAsync(await openSealed(objects, sealed)))
}
