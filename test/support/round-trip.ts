import { createHash } from 'node:crypto'
import { openBrowser } from '#demo/browser.ts'
import { listMails, waitForMails } from '#demo/outbox.ts'
import type { KuvertProcess } from './kuvert-process.ts'
import { sendLargeMail } from './large-mail.ts'
import { connectSmtp } from './smtp-client.ts'

/** Sends a mail with one attachment of this size, and fetches it. True if it came out as it went in. */
export async function roundTrip(kuvert: KuvertProcess, mebibytes: number): Promise<boolean> {
  const before = new Set(await listMails(kuvert.maildir))
  const { client } = await connectSmtp(kuvert.smtpPort)
  await client.say('EHLO bench.example')
  await client.say('MAIL FROM:<anna@kommun.example>')
  await client.say('RCPT TO:<bertil@kommun.example>')
  const mail = await sendLargeMail(client, '[secure, open] large', mebibytes)
  client.close()
  if (mail.reply.code !== 250) throw new Error(`${mail.reply.code} ${mail.reply.lines.join(' ')}`)
  const [copy] = await waitForMails(kuvert.maildir, before, 1)
  const browser = openBrowser()
  const ticket = await browser.post(`${copy!.link}/files/0`)
  const response = await browser.get(new URL(ticket.headers.get('location')!, kuvert.portalUrl).href)
  const hash = createHash('sha256')
  for await (const chunk of response.body!) hash.update(chunk as Uint8Array)
  return hash.digest('hex') === mail.sha256
}
