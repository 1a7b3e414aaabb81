import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planMail } from '#seal/plan-mail.ts'
import { store } from '#seal/store/store.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import type { Plan, StoredObject } from '#model.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import type { Objects } from '#objects/objects.ts'
import { openSealedFile } from '#objects/sealed-file.ts'
import { openSlim } from '#objects/slim-mail.ts'
import { attachment, leaf, mail, multipart } from '../../support/mail-builder.ts'
import { planned, sha256 } from '../../support/planned.ts'

const broken = leaf('QUJD!', {
  type: 'image/png',
  disposition: 'attachment; filename=b.png',
  fields: ['Content-Transfer-Encoding: base64'],
})
const large = attachment(randomBytes(3_000_000), 'large.bin')
const bytes = mail(multipart('mixed', [leaf('Hello'), large, broken, attachment('', 'empty.bin')]))
const source = mailFromBuffer(bytes)
const key = randomBytes(32)
let folder: string
let objects: Objects
let plan: Plan

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kuvert-store-'))
  objects = await openFolderObjects(folder)
  const marked = { private: true, changedSubject: null, removeFields: [] }
  plan = (await planMail({ linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 }, source, marked)).plan
})
afterAll(() => rm(folder, { recursive: true }))

async function opened(stored: StoredObject[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(await openSealedFile(objects, { key, objects: stored })))
}

test('each file and the slim mail can be opened again, exactly as they were planned', async () => {
  const stored = await store(objects, key, source, plan)
  const expected = await planned(bytes, { private: true })
  expect(await buffer(await openSlim(objects, stored.slim, key))).toEqual(expected.slim)
  expect(
    stored.files.map(({ kind, position, name, stillEncoded }) => ({ kind, position, name, stillEncoded })),
  ).toEqual([
    { kind: 'body', position: 0, name: 'message.eml', stillEncoded: false },
    { kind: 'attachment', position: 1, name: 'large.bin', stillEncoded: false },
    { kind: 'attachment', position: 2, name: 'b.png', stillEncoded: true },
    { kind: 'attachment', position: 3, name: 'empty.bin', stillEncoded: false },
  ])
  for (const [index, file] of stored.files.entries()) {
    const content = await opened(file.objects)
    expect(content.equals(expected.files[index]!.bytes)).toBe(true)
    expect(file).toMatchObject({ sizeBytes: content.length, sha256: sha256(content), crc32: crc32(content) })
  }
})

test('nothing stays in the storage of a mail that cannot be stored whole', async () => {
  const before = await Array.fromAsync(objects.list())
  for (const index of plan.files.keys()) {
    const files = plan.files.map((file, other) => (other === index ? { ...file, sizeBytes: file.sizeBytes + 1 } : file))
    await expect(store(objects, key, source, { ...plan, files })).rejects.toThrow()
  }
  expect(await Array.fromAsync(objects.list())).toEqual(before)
})
