import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readArrivingMail } from '#gateway/data/arriving-mail.ts'

const limits = { mailBytes: 4 * 1024 ** 2 }

function arriving(mail: Buffer, chunkBytes: number): Readable {
  const chunks: Buffer[] = []
  for (let at = 0; at < mail.length; at += chunkBytes) chunks.push(mail.subarray(at, at + chunkBytes))
  return Readable.from(chunks)
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('the header section is found and no byte is lost, however the mail is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(
        'Subject: a\r\n\r\nbody\r\n',
        '\r\nbody\r\n',
        'Subject: a\r\n',
        'A: b\r\n\r\n',
        'A: b\r\n\r\n\r\n\r\nc\r\n',
      ),
      fc.integer({ min: 1, max: 30 }),
      async (text, chunkBytes) => {
        const mail = await readArrivingMail(arriving(Buffer.from(text), chunkBytes), limits)
        const end = text.startsWith('\r\n') ? 2 : text.indexOf('\r\n\r\n') + 4
        expect(mail.headerSection.toString()).toBe(
          text.includes('\r\n\r\n') || text.startsWith('\r\n') ? text.slice(0, end) : text,
        )
        expect((await collect(mail.bytes())).toString()).toBe(text)
      },
    ),
  )
})

test('a header section that never ends is refused', async () => {
  const stream = arriving(Buffer.from(`Subject: ${'a'.repeat(2 * 1024 ** 2)}`), 64 * 1024)
  await expect(readArrivingMail(stream, limits)).rejects.toMatchObject({ code: 'HEADER_TOO_BIG' })
})

test('a mail that is cut off by its client is an error, not a shorter mail', async () => {
  const stream = new Readable({ read: () => undefined })
  stream.push('Subject: a\r\n\r\nhalf')
  const mail = await readArrivingMail(stream, limits)
  stream.destroy(new Error('gone'))
  await expect(collect(mail.bytes())).rejects.toThrow('gone')
})

test('whoever waits for more of a mail can be told to wait no longer', async () => {
  const stream = new Readable({ read: () => undefined })
  stream.push('Subject: a\r\n\r\nhalf')
  const bytes = (await readArrivingMail(stream, limits)).bytes()
  setTimeout(() => bytes.destroy(), 10)
  expect((await collect(bytes)).toString()).toBe('Subject: a\r\n\r\nhalf')
})
