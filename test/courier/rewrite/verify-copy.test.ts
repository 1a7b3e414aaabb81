import { expect, test } from 'vitest'
import { isFailure } from '#failure.ts'
import { verifyCopy } from '#courier/rewrite/verify-copy.ts'
import { collect, inChunks, mailFields } from './slim-mail.ts'

const good = `${mailFields}\r\nHej!\r\n`

test.each([1, 2, 7, 1000])('a good copy goes through unchanged, in chunks of %d bytes', async size => {
  const copy = Buffer.from(`${good}${'å'.repeat(2000)}\r\n\r\n`)
  expect(await collect(verifyCopy(inChunks(copy, size)))).toEqual(copy)
})

test.each([
  ['a bare line feed', `${good}a\nb\r\n`, /bare line feed/],
  ['a bare line feed at first', `\n${good}`, /bare line feed/],
  ['a bare carriage return', `${good}a\rb\r\n`, /bare carriage return/],
  ['a carriage return too many', `${good}a\r\r\n`, /bare carriage return/],
  ['no end of its last line', `${good}a`, /unfinished/],
  ['a carriage return as its end', `${good}a\r`, /unfinished/],
  ['no body', mailFields, /no end of its header/],
  ['two subjects', `subject : b\r\n${good}`, /two subject fields/],
  ['two types', `Content-Type: text/plain\r\nContent-Type: text/html\r\n${good}`, /two content-type fields/],
])('a copy with %s is stopped', async (_, copy, message) => {
  for (const size of [1, 5, 1000])
    await expect(collect(verifyCopy(inChunks(Buffer.from(copy), size)))).rejects.toThrow(message)
})

test.each(['From', 'Date', 'Message-ID'])(
  'a copy with two %s fields is stopped, and its sender can be told',
  async name => {
    const copy = Buffer.from(`${name}: twice\r\n${good}`)
    await expect(collect(verifyCopy(inChunks(copy, 3)))).rejects.toSatisfy(error => isFailure(error, 'MAIL_AMBIGUOUS'))
  },
)

test('a field that the sender left out is no mistake of the copy', async () => {
  const copy = Buffer.from('Subject: a\r\n\r\nHej!\r\n')
  expect(await collect(verifyCopy(inChunks(copy, 3)))).toEqual(copy)
})

test('a header section without an end does not fill the memory', async () => {
  async function* endless() {
    for (;;) yield Buffer.from(`X: ${'x'.repeat(60_000)}\r\n`)
  }
  await expect(collect(verifyCopy(endless()))).rejects.toThrow(/endless/)
})

test('a chunk is passed on only after it was checked', async () => {
  const passed: string[] = []
  const copy = inChunks(Buffer.from(`${good}a\nb\r\n`), good.length)
  await expect(
    (async () => {
      for await (const chunk of verifyCopy(copy)) passed.push(chunk.toString())
    })(),
  ).rejects.toThrow()
  expect(passed).toEqual([good])
})
