import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { guessBase64 } from '#mail/guess-base64.ts'
import { mailFromBuffer } from '#mail/mail-source.ts'

const above = Buffer.from('--x\r\nContent-Transfer-Encoding: base64\r\n\r\n')
const below = Buffer.from('\r\n--x--\r\n')

/** Guesses in the middle of a mail. */
function guess(encoded: string): Promise<number | null> {
  const mail = Buffer.concat([above, Buffer.from(encoded, 'latin1'), below])
  return guessBase64(mailFromBuffer(mail), { start: above.length, end: mail.length - below.length })
}

function encode(bytes: Buffer, lineLength = 76): string {
  return bytes.toString('base64').replace(new RegExp(`(.{${lineLength}})(?=.)`, 'g'), '$1\r\n')
}

test.each([58, 76, 113, 114, 115, 570, 1023, 1024, 1025, 10_000, 300_001])(
  'of lines that are alike, the ends tell how many bytes they are (%i)',
  async sizeBytes => {
    const bytes = randomBytes(sizeBytes)
    for (const lineLength of [4, 60, 64, 72, 76].filter(length => sizeBytes > length))
      for (const end of ['', '\r\n', '\r\n\r\n\r\n'])
        expect(await guess(encode(bytes, lineLength) + end), `${lineLength} ${JSON.stringify(end)}`).toBe(sizeBytes)
  },
)

test.each([
  ['nothing', ''],
  ['one line', 'QUJD'],
  ['an empty first line', '\r\nQUJD\r\nQUJD'],
  ['lines that are no whole quanta', 'QUJDQ\r\nUJDQU'],
  ['a last line that is longer', 'QUJD\r\nQUJDQUJD'],
  ['a last line that is no whole quantum', 'QUJDQUJD\r\nQUJDQ'],
  ['lines that end with a line feed', 'QUJD\nQUJD\nQUJD'],
])('of %s they do not', async (_, encoded) => {
  expect(await guess(encoded)).toBeNull()
})
