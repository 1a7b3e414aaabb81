import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Failure, isFailure } from '#failure.ts'
import { parse, planned, sha256, type Planned } from './planned.ts'

/** Odd and broken mails of others, beside the checkout; they are not part of the project. */
const folder = join(import.meta.dirname, '../../../../shared/mail/mime4j')
const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.msg')) : []
if (names.length === 0) console.log(`Skipped, because the folder is missing: the odd mails in shared/mail/mime4j`)

/** As a mail arrives over SMTP: every line end is CRLF, also the last. */
function arrived(name: string): Buffer {
  const text = readFileSync(join(folder, name), 'latin1').replace(/\r\n?|\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

async function outcome(bytes: Buffer): Promise<Planned | Failure> {
  try {
    return await planned(bytes)
  } catch (error) {
    if (isFailure(error)) return error
    throw error
  }
}

test.skipIf(names.length === 0).each(names)('%s is planned, or refused with a reason', async name => {
  const bytes = arrived(name)
  const result = await outcome(bytes)
  if (result instanceof Failure) {
    expect(result.message).toMatch(/^Not sent: this marked mail cannot be secured( yet)?, because [a-z].{10,}\.$/)
    return
  }
  const { plan, files, copy, slim } = result
  const original = await parse(bytes)
  if (plan.copy === 'notice') {
    expect(slim.toString('latin1')).not.toMatch(/\r\n\r\n/)
    return
  }
  // The independent reader opens attached mails; here they are files.
  const hasMail = files.some(({ file }) => file.mediaType.startsWith('message/'))
  const hashes = files.map(file => file.sha256)
  for (const part of original.attachments) expect(hasMail || hashes.includes(sha256(part.content))).toBe(true)
  expect((await parse(copy)).attachments).toEqual([])
  for (const { file } of files) {
    if ('pieces' in file.content) throw new Error('nothing is sealed here')
    const { start, end } = file.content.range
    expect(end - start < 16 || !slim.includes(bytes.subarray(start, end))).toBe(true)
  }
})

test.skipIf(names.length === 0)('most of them are planned', async () => {
  const outcomes = await Promise.all(names.map(name => outcome(arrived(name))))
  expect(outcomes.filter(result => !(result instanceof Failure)).length).toBeGreaterThan(50)
})
