import { connectSmtp, type ClientReply } from './smtp-client.ts'

/** A small marked mail with one attachment, as bytes. */
export function mailWithAttachment(subject: string, content = 'attached', text = 'the text'): Buffer {
  return Buffer.from(
    [
      'From: Anna <anna@kommun.example>',
      'To: Bertil <bertil@kommun.example>',
      `Subject: ${subject}`,
      'Message-ID: <one@kommun.example>',
      'Date: Mon, 02 Nov 2026 10:00:00 +0100',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=one',
      '',
      '--one',
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '--one',
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename=a.pdf',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(content).toString('base64'),
      '--one--',
      '',
    ].join('\r\n'),
  )
}

/** Submits a mail over a connection of its own. Returns the last answer: of the first refusal, or of the mail. */
export async function submit(
  port: number,
  mail: Buffer,
  envelope: { from?: string; to?: string[] } = {},
): Promise<ClientReply> {
  const { client } = await connectSmtp(port)
  try {
    await client.say('EHLO client.test')
    const { from = '<anna@kommun.example>', to = ['<bertil@kommun.example>'] } = envelope
    for (const command of [`MAIL FROM:${from}`, ...to.map(recipient => `RCPT TO:${recipient}`)]) {
      const reply = await client.say(command)
      if (reply.code >= 300) return reply
    }
    return await client.data(mail)
  } finally {
    client.close()
  }
}
