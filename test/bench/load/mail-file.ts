import { randomBytes } from 'node:crypto'
import { open, writeFile } from 'node:fs/promises'

/** What the source replaces, so that no two mails are the same. */
const vary = 'VARYVARYVARYVARY'
/** Whole lines of base64. */
const blockBytes = 57 * 16 * 1024

const fields = (subject: string) => [
  'From: Anna <anna@kommun.example>',
  'To: Bertil <bertil@kommun.example>',
  `Subject: ${subject}`,
  'Date: Tue, 01 Sep 2026 12:00:00 +0000',
  'MIME-Version: 1.0',
]

/** A text of so many bytes in all. */
export async function writeTextMail(file: string, subject: string, sizeBytes: number): Promise<void> {
  const head = [...fields(subject), 'Content-Type: text/plain; charset=utf-8', '', vary, ''].join('\r\n')
  const line = 'What the council decided yesterday is in the minutes, which everybody may read.\r\n'
  const text = head + line.repeat(Math.ceil(sizeBytes / line.length))
  await writeFile(file, `${text.slice(0, sizeBytes - 2)}\r\n`)
}

/** A short text, and one attachment of so many random bytes. */
export async function writeAttachmentMail(file: string, subject: string, attachmentBytes: number): Promise<void> {
  const mail = await open(file, 'w')
  const block = randomBytes(Math.min(blockBytes, attachmentBytes))
  await mail.write(
    [
      ...fields(subject),
      'Content-Type: multipart/mixed; boundary=limit',
      '',
      '--limit',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Here is the file that you asked for.',
      '--limit',
      'Content-Type: application/octet-stream; name="file.bin"',
      'Content-Disposition: attachment; filename="file.bin"',
      'Content-Transfer-Encoding: base64',
      '',
      '',
    ].join('\r\n'),
  )
  for (let left = attachmentBytes; left > 0; left -= block.length) {
    const encoded = block.subarray(0, left).toString('base64')
    const text = left === attachmentBytes ? vary + encoded.slice(vary.length) : encoded
    await mail.write(text.replace(/.{76}/g, '$&\r\n'))
    if (left <= block.length && encoded.length % 76 > 0) await mail.write('\r\n')
  }
  await mail.write('--limit--\r\n')
  await mail.close()
}
