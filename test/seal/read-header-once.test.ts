import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { classify } from '#gateway/classify/classify.ts'
import { arrivedOf } from '#gateway/data/arrived.ts'
import { findHeaderEnd, readHeaderFields } from '#mail/header-fields.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'
import { openFolderObjects } from '#objects/folder-objects.ts'
import { storeMail } from '#seal/seal-mail.ts'
import { settingsSchema } from '#settings/schema.ts'
import { attachment, leaf, mail, multipart } from '../support/mail-builder.ts'

const settings = settingsSchema.pick({ classify: true, language: true }).parse({})

/** How often a header section is read while `work` runs: V8 counts the calls. */
async function countReads(work: () => Promise<unknown>): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    await work()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    const functions = result.flatMap(script => script.functions)
    return functions.find(({ functionName }) => functionName === readHeaderFields.name)?.ranges[0]?.count ?? 0
  } finally {
    session.disconnect()
  }
}

/** Everything that decides on a marked mail, from its header section to what is stored. */
async function seal(bytes: Buffer): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-header-'))
  try {
    const headerSection = bytes.subarray(0, findHeaderEnd(bytes))
    const recipients = [{ address: 'bo@example.org', parameters: [] }]
    const arrived = arrivedOf({ sender: 'anna@example.org', parameters: [], recipients }, { headerSection })
    const classified = classify(settings, arrived, new Date())
    if (!classified.marked) throw new Error('The mail is not marked.')
    await storeMail(await openFolderObjects(folder), mailFromBuffer(bytes), {
      settings: { linkBlock: 'top', wholeMails: 'seal', inlineImageKiB: 64 },
      marked: { ...classified, private: false },
      header: { fields: arrived.fields, malformedLines: arrived.malformedLines },
      sender: 'anna@example.org',
      received: Buffer.from('Received: from here\r\n'),
      messageKey: randomBytes(32),
    })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const marked = (body: Parameters<typeof mail>[0]) =>
  mail(body, ['From: anna@example.org', 'Subject: [secure] Underlag', 'MIME-Version: 1.0'])

test('the header of a marked mail is read once to decide, and once in the slim mail that is read back', async () => {
  expect(await countReads(() => seal(marked(attachment(randomBytes(100), 'a.bin'))))).toBe(2)
})

test('so is the header of each part: two in the mail, and one of them in the slim mail', async () => {
  const parts = [leaf('Hello'), leaf('<p>Hello</p>', { type: 'text/html' }), attachment(randomBytes(100), 'a.bin')]
  expect(await countReads(() => seal(marked(multipart('mixed', parts))))).toBe(1 + 3 + 1 + 2)
})
