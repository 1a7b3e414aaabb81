import { createHash, randomBytes } from 'node:crypto'
import type { SmtpClient, ClientReply } from './smtp-client.ts'

/** Bytes of one block of the attachment: whole base64 lines of 57 bytes. */
const blockBytes = 57 * 16 * 1024

/** What was attached to a large mail. */
export interface LargeMail {
  sizeBytes: number
  /** Lower-case hex of the attachment. */
  sha256: string
  reply: ClientReply
}

/**
 * Sends a mail with one random attachment of about so many MiB (whole blocks), block by block, over a client that has
 * said MAIL and RCPT. Neither side needs memory for the mail.
 */
export async function sendLargeMail(client: SmtpClient, subject: string, mebibytes: number): Promise<LargeMail> {
  const block = randomBytes(blockBytes)
  const encoded = block.toString('base64').replace(/.{76}/g, '$&\r\n')
  const blocks = Math.ceil((mebibytes * 1024 ** 2) / blockBytes)
  const hash = createHash('sha256')
  const ready = await client.say('DATA')
  if (ready.code !== 354) throw new Error(`DATA: ${ready.code} ${ready.lines.join(' ')}`)
  await client.write(
    [
      'From: Anna <anna@kommun.example>',
      'To: Bertil <bertil@kommun.example>',
      `Subject: ${subject}`,
      'Message-ID: <large@kommun.example>',
      `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=large',
      '',
      '--large',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Here is a large file.',
      '--large',
      'Content-Type: application/octet-stream; name="large.bin"',
      'Content-Disposition: attachment; filename="large.bin"',
      'Content-Transfer-Encoding: base64',
      '',
      '',
    ].join('\r\n'),
  )
  for (let sent = 0; sent < blocks; sent += 1) {
    hash.update(block)
    await client.write(encoded)
  }
  await client.write('--large--\r\n.\r\n')
  return { sizeBytes: blocks * blockBytes, sha256: hash.digest('hex'), reply: await client.read() }
}
