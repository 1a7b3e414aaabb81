import { createHash, randomBytes } from 'node:crypto'
import nodemailer from 'nodemailer'
import { outsider } from './demo-settings.ts'

/** A mail that the demonstration sends, and what must come out of it. */
export interface DemoMail {
  title: string
  subject: string
  to: string[]
  text: string
  html?: string
  attachments: { filename: string; content: Buffer; contentType: string }[]
}

const anna = 'Anna Åkesson <anna@kommun.example>'
const bertil = 'bertil@kommun.example'

/** Fresh mails: an open one for everybody, a private one for a local, and one without a mark. */
export function makeDemoMails() {
  const open: DemoMail = {
    title: 'Marked [säker, öppen, max 2]: files for a local and an outsider, without a login, twice each',
    subject: '[säker, öppen, max 2] Underlag till mötet',
    to: [bertil, outsider],
    text: 'Hej!\r\n\r\nHär kommer underlagen till mötet på torsdag.\r\n\r\nVänliga hälsningar\r\nAnna\r\n',
    html: '<html><body><p>Hej!</p><p>Här kommer underlagen till mötet på <b>torsdag</b>.</p><p>Vänliga hälsningar<br>Anna</p></body></html>',
    attachments: [
      { filename: 'Årsredovisning för Örebro.pdf', content: randomBytes(300_000), contentType: 'application/pdf' },
      { filename: 'film.mp4', content: randomBytes(22 * 1024 ** 2), contentType: 'video/mp4' },
      {
        filename: 'anteckningar.txt',
        content: Buffer.from('Rad ett\r\nRad två: åäö\r\n'),
        contentType: 'text/plain; charset=utf-8',
      },
    ],
  }
  const personal: DemoMail = {
    title: 'Marked [säker, privat, max 1]: text and file for a local who logs in, once',
    subject: '[säker, privat, max 1] Beslut i ärendet',
    to: [bertil],
    text: 'Hej Bertil,\r\n\r\nden här texten syns först när du har loggat in.\r\n\r\nAnna\r\n',
    attachments: [
      {
        filename: 'beslut.docx',
        content: randomBytes(40_000),
        contentType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      },
    ],
  }
  const unmarked: DemoMail = {
    title: 'Not marked: passes through as it is',
    subject: 'Lunch?',
    to: [bertil],
    text: 'Klockan tolv?\r\n',
    attachments: [{ filename: 'meny.txt', content: Buffer.from('Pannkakor\r\n'), contentType: 'text/plain' }],
  }
  return { open, personal, unmarked }
}

/** Sends a mail as a mail client does, over SMTP. Returns the server's answer. */
export async function sendDemoMail(smtpPort: number, mail: DemoMail): Promise<string> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port: smtpPort, secure: false, ignoreTLS: true })
  try {
    const { title: _, ...content } = mail
    const sent = await transport.sendMail({ ...content, from: anna })
    return sent.response
  } finally {
    transport.close()
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
