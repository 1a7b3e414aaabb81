import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pino } from 'pino'
import { openViews, type Views } from '#portal/view/views.ts'
import { largeHtml, mailOf, slowestHtml } from '../support/large-html.ts'
import type { Bench } from './context.ts'

const megabyte = 1024 * 1024

/** How long the texts take that are hardest to read, and for how long they hold up the thread that carries mail. */
export async function benchViews(bench: Bench): Promise<number> {
  const views = openViews(pino({ level: 'silent' }), { seconds: 15, mebibytes: 192 })
  bench.keep({ stop: views.close })
  // The first one starts the thread.
  await measure(views, '<p>x</p>')
  console.log('text                                              read in ms  shown      others wait at most ms')
  const texts = [1, 2].flatMap(size => Object.entries(largeHtml).map(([name, write]) => [name, size, write] as const))
  for (const [name, size, write] of texts) print(`${name}, ${size} MiB`, await measure(views, write(size * megabyte)))
  print('as many tags and styles as are read', await measure(views, slowestHtml))
  return 0
}

interface Measured {
  ms: number
  isShown: boolean
  pauseMs: number
}

async function measure(views: Views, html: string): Promise<Measured> {
  const mail = mailOf('text/html', html)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const before = performance.now()
  const open = async () => Readable.from([mail])
  const read = await views.read({ sizeBytes: mail.length, open, who: 'bench' }, 'formatted')
  const ms = performance.now() - before
  delay.disable()
  return { ms, isShown: read.html !== null, pauseMs: delay.max / 1e6 }
}

function print(name: string, { ms, isShown, pauseMs }: Measured): void {
  const columns = [name.padEnd(50), ms.toFixed(0).padStart(10), isShown ? 'yes' : 'as .eml', pauseMs.toFixed(0)]
  console.log(`${columns[0]}${columns[1]}  ${columns[2]!.padEnd(9)}  ${columns[3]}`)
}
