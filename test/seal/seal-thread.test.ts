import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { openSealed } from '#objects/sealed-objects.ts'
import { openSlim } from '#objects/slim-mail.ts'
import { openSealThread, type SealThread, type SealWishes } from '#seal/seal-thread.ts'
import { settingsSchema } from '#settings/schema.ts'
import { attachment, leaf, mail, multipart } from '../support/mail-builder.ts'

const messageKey = randomBytes(32)
const wishes: SealWishes = {
  settings: { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 },
  marked: { private: false, changedSubject: null, removeFields: [] },
  sender: 'anna@kommun.example',
  received: Buffer.from('Received: from here\r\n'),
  messageKey,
}
let folder: string
let storage: string
let thread: SealThread

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-thread-'))
  storage = join(folder, 'objects')
  const { objects } = settingsSchema.parse({ objects: { kind: 'folder', path: storage } })
  thread = openSealThread({ objects, dataFolder: folder })
})
afterEach(async () => {
  await thread.close()
  await rm(folder, { recursive: true })
})

async function seal(bytes: Buffer, more: Partial<SealWishes> = {}) {
  const name = join(folder, randomBytes(8).toString('hex'))
  await writeFile(name, bytes)
  const file = await open(name)
  try {
    return await thread.seal({ fileDescriptor: file.fd, sizeBytes: bytes.length }, { ...wishes, ...more })
  } finally {
    await file.close()
  }
}

async function contentOf({ key, sizeBytes }: { key: string; sizeBytes: number }): Promise<Buffer> {
  const sealed = { objectKey: key, sizeBytes, key: messageKey, associatedData: Buffer.from(key) }
  return Buffer.concat(await Array.fromAsync(await openSealed(await openFolderObjects(storage), sealed)))
}

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(storage, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => entry.name)
}

async function errorOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
}

test('mails that are sealed at the same time come out each as it was', async () => {
  const contents = [randomBytes(3_000_000), randomBytes(10), randomBytes(1_000_000)]
  const sealed = await Promise.all(
    contents.map((content, index) =>
      seal(mail(multipart('mixed', [leaf('Hello'), attachment(content, `${index}.bin`)]))),
    ),
  )
  for (const [index, { files, slim, copy, slots }] of sealed.entries()) {
    expect(files.map(file => file.name)).toEqual([`${index}.bin`])
    expect((await contentOf(files[0]!.objects[0]!)).equals(contents[index]!)).toBe(true)
    expect(await text(await openSlim(await openFolderObjects(storage), slim, messageKey))).toMatch(
      /^Received: from here\r\n/,
    )
    expect([copy, slots.length]).toEqual(['detach', 1])
  }
})

test('a small mail is handed over in memory', async () => {
  const content = randomBytes(10)
  const bytes = mail(multipart('mixed', [leaf('Hello'), attachment(content, 'a.bin')]))
  const given = Buffer.allocUnsafeSlow(bytes.length + 100).fill('x')
  bytes.copy(given)
  const { files } = await thread.seal({ bytes: given.subarray(0, bytes.length) }, wishes)
  expect(await contentOf(files[0]!.objects[0]!)).toEqual(content)
})

test('a refusal comes back as the failure that it is, and the next mail is sealed', async () => {
  const twice = Buffer.from('From: a@b.example\r\nFrom: c@d.example\r\n\r\nHello\r\n')
  const error = await errorOf(seal(twice))
  expect(isFailure(error, 'MAIL_AMBIGUOUS') && error.details).toEqual({
    why: { en: 'the mail has two From fields', sv: 'mejlet har två fält From' },
  })
  expect(await storedFiles()).toEqual([])
  expect((await seal(mail(leaf('Hello')))).private).toBe(true)
})

test('a storage that is away is told with its cause, and nothing is left in it', async () => {
  await seal(mail(leaf('Hello')))
  const before = await storedFiles()
  await rename(storage, `${storage}-away`)
  await writeFile(storage, 'no folder')
  const error = await errorOf(seal(mail(leaf('Hello'))))
  expect(isFailure(error, 'OBJECTS_AWAY') && error.cause).toMatchObject({ code: 'ENOTDIR' })
  await rm(storage)
  await rename(`${storage}-away`, storage)
  expect(await storedFiles()).toEqual(before)
  expect((await seal(mail(leaf('Hello')))).private).toBe(true)
})

test('a storage that is away when the thread begins is used as soon as it is there', async () => {
  await writeFile(storage, 'no folder')
  expect(isFailure(await errorOf(seal(mail(leaf('Hello')))), 'OBJECTS_AWAY')).toBe(true)
  await rm(storage)
  expect((await seal(mail(leaf('Hello')))).private).toBe(true)
})

test('a mail that the thread ends in the middle of fails, and the next one is sealed', async () => {
  await seal(mail(leaf('Hello')))
  const before = (await storedFiles()).length
  const underWay = errorOf(
    seal(mail(multipart('mixed', [leaf('Hello'), attachment(randomBytes(60_000_000), 'a.bin')]))),
  )
  // Something of it is being stored.
  while ((await storedFiles()).length === before) await pause(1)
  await thread.close()
  expect(String(await underWay)).toContain('was ended')
  expect((await seal(mail(leaf('Hello')))).private).toBe(true)
})
