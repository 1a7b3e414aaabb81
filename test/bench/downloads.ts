import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitForMails } from '#demo/outbox.ts'
import { openBrowser } from '../support/browser.ts'
import { sendLargeMail } from '../support/large-mail.ts'
import { connectSmtp } from '../support/smtp-client.ts'
import type { Bench } from './context.ts'
import { addRatioGoal, printMeasured } from './goals.ts'
import type { KuvertProcess } from '../support/kuvert-process.ts'
import { startProfiledKuvert } from './profiled-kuvert.ts'
import { canCompile, compile } from './load/compile.ts'
import { readThrough, type Reading } from './load/http-load.ts'
import { interleave, type Contender } from './measure.ts'
import { hasNginx, startNginx } from './peers/nginx.ts'

const fileMebibytes = 100
const readerCounts = [1, 50]
/** One reader fetches so many, one after the other, as its ticket allows; fifty fetch one each. */
const filesOfOneReader = 3
const pageClients = [1, 20]
const pages = 4000

/** Files and pages from the portal, files against nginx that serves one of the same size plainly. */
export async function benchDownloads(bench: Bench): Promise<number> {
  if (!canCompile()) {
    console.log('Skipped, for it takes a C compiler on Linux.')
    return 0
  }
  const program = await compile('http-load', bench.folder)
  const kuvert = bench.keep(await startProfiledKuvert(bench.profileFolder))
  const nginx = hasNginx() ? bench.keep(await startNginx()) : undefined
  if (!nginx) console.log('Without nginx, which is not here.')
  const link = await storeLargeFile(kuvert)
  if (nginx) await writeFile(join(nginx.root, 'file'), randomBytes(link.fileBytes))
  const read = (reading: Omit<Reading, 'requests'>, requests: number) =>
    readThrough(program, join(bench.folder, 'requests'), { ...reading, requests })
  for (const readers of readerCounts) {
    const files = readers === 1 ? filesOfOneReader : readers
    const bodyBytes = link.fileBytes
    const port = portOf(kuvert)
    const contenders: Contender[] = [
      {
        name: 'Kuvert',
        pids: [kuvert.pid],
        run: async () => {
          const asked = await ticketsFor(kuvert, link.path, readers)
          return read({ port, connections: readers, asked, bodyBytes }, files)
        },
      },
    ]
    if (nginx) {
      const asked = [{ path: '/file' }]
      const run = () => read({ port: nginx.port, connections: readers, asked, bodyBytes }, files)
      contenders.push({ name: 'nginx', pids: nginx.pids, run })
    }
    const measured = await interleave(contenders, bench.runs)
    printMeasured(`downloads of ${fileMebibytes} MiB, readers: ${readers}`, 'files/s', measured)
    addRatioGoal(bench.goals, `downloads, readers: ${readers}, part of nginx`, 0.5, measured[0], measured[1])
  }
  for (const connections of pageClients) {
    const run = () => read({ port: portOf(kuvert), connections, asked: [{ path: link.path }] }, pages)
    const measured = await interleave([{ name: 'Kuvert', pids: [kuvert.pid], run }], bench.runs)
    printMeasured(`message pages, clients: ${connections}`, 'pages/s', measured)
  }
  return 0
}

/** A message that anybody with its link may open, with one file. */
async function storeLargeFile(kuvert: KuvertProcess): Promise<{ path: string; fileBytes: number }> {
  const { client } = await connectSmtp(kuvert.smtpPort)
  await client.say('EHLO bench.example')
  await client.say('MAIL FROM:<anna@kommun.example>')
  await client.say('RCPT TO:<bertil@kommun.example>')
  const { sizeBytes, reply } = await sendLargeMail(client, '[secure, open] large', fileMebibytes)
  client.close()
  if (reply.code !== 250) throw new Error(`${reply.code} ${reply.lines.join(' ')}`)
  const [copy] = await waitForMails(kuvert.maildir, new Set(), 1)
  return { path: new URL(copy!.link!).pathname, fileBytes: sizeBytes }
}

/** So many tickets, each from a browser of its own: a ticket serves its file three times at most. */
async function ticketsFor(kuvert: KuvertProcess, path: string, count: number): Promise<Reading['asked']> {
  const asked: Reading['asked'] = []
  for (let reader = 0; reader < count; reader += 1) {
    const browser = openBrowser(kuvert.portalUrl)
    const answer = await browser.post(`${path}/files/0`)
    const ticket = answer.headers.get('location')
    if (!ticket) throw new Error(`No ticket was given: ${answer.status}`)
    asked.push({ path: ticket, cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') })
  }
  return asked
}

function portOf(kuvert: KuvertProcess): number {
  return Number(new URL(kuvert.portalUrl).port)
}
