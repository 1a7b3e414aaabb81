import { readdir, readFile } from 'node:fs/promises'

interface ProcessStatus {
  pid: number
  parent: number
  name: string
  /** Of itself and of children that have ended. */
  cpuSeconds: number
}

/** Of Linux, on every machine that Node runs on (sysconf _SC_CLK_TCK). */
const ticksPerSecond = 100

/** The CPU time that these processes and all that descend from them have taken. Linux; 0 elsewhere. */
export async function cpuSecondsOf(pids: number[]): Promise<number> {
  if (pids.length === 0) return 0
  return (await familyOf(pids)).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
}

/** The most memory that each of these processes and their descendants, but those named `except`, has had resident, in MiB, summed. */
export async function peakMebibytesOf(pids: number[], except: string): Promise<number> {
  const family = (await familyOf(pids)).filter(({ name }) => name !== except)
  const peaks = await Promise.all(
    family.map(async ({ pid }) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024
    }),
  )
  return peaks.reduce((sum, peak) => sum + peak, 0)
}

async function familyOf(pids: number[]): Promise<ProcessStatus[]> {
  const all = (await Promise.all((await listPids()).map(readStatus))).filter(status => status !== undefined)
  const family = all.filter(({ pid }) => pids.includes(pid))
  for (const member of family) family.push(...all.filter(one => one.parent === member.pid && !family.includes(one)))
  return family
}

async function listPids(): Promise<string[]> {
  return (await readdir('/proc').catch(() => [])).filter(name => /^\d+$/.test(name))
}

/** proc(5): the name is in brackets and may hold anything, so what follows is counted from the last bracket. */
async function readStatus(pid: string): Promise<ProcessStatus | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'))
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0)
  return { pid: Number(pid), parent: fields[1]!, name, cpuSeconds: ticks / ticksPerSecond }
}
