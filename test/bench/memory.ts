import { createHash } from 'node:crypto'
import { openBrowser } from '#demo/browser.ts'
import { listMails, waitForMails } from '#demo/outbox.ts'
import { sendLargeMail } from '../support/large-mail.ts'
import { connectSmtp } from '../support/smtp-client.ts'
import type { Bench } from './context.ts'
import { startKuvertProcess, type KuvertProcess } from './kuvert-process.ts'

const sizesMebibytes = [10, 100, 1024]
const boundMebibytes = 250

/**
 * Sends a marked mail with one attachment of each size through a Kuvert of its own, fetches the file again, compares
 * it, and prints the most memory that was resident. Returns 1 where a file differs.
 */
export async function benchMemory(bench: Bench): Promise<number> {
  console.log('\nattachment   peak after start   peak in and out   file')
  let failed = 0
  for (const mebibytes of sizesMebibytes) {
    const kuvert = bench.keep(await startKuvertProcess())
    const before = await kuvert.peakMebibytes()
    const same = await roundTrip(kuvert, mebibytes)
    const peak = await kuvert.peakMebibytes()
    await bench.stopAll()
    if (!same) failed = 1
    const got = { median: peak, least: peak, most: peak }
    const text = `MiB resident, an attachment of ${mebibytes} MiB in and out`
    bench.goals.push({ text, wanted: boundMebibytes, got, atMost: true })
    const cells = [
      `${mebibytes} MiB`.padEnd(12),
      `${before.toFixed(0)} MiB`.padEnd(18),
      `${peak.toFixed(0)} MiB`.padEnd(17),
    ]
    console.log(cells.join(' '), same ? 'identical' : 'DIFFERS')
  }
  return failed
}

/** Sends a mail with one attachment of this size, and fetches it. True where it came out as it went in. */
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
