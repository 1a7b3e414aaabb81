import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '#platform/free-port.ts'
import { findServer } from './servers.ts'

const run = promisify(execFile)
const deployed = new URL('../../deploy/postfix/', import.meta.url)

export interface PostfixOptions {
  /** The port of 127.0.0.1 that mail leaves to; without it, all mail is discarded. */
  relayPort?: number
  /** The port of 127.0.0.1 on which Kuvert listens; without it, mail does not go through Kuvert. */
  kuvertPort?: number
  /** Where Kuvert is to hand mail to, when that had to be known before. Default: a free port. */
  reinjectionPort?: number
  /** PEM files; offers STARTTLS to mail clients. */
  tls?: { certificate: string; key: string }
  /** Answers by recipient: `{ 'left@example.org': '550 5.1.1 Has left' }`. */
  refuse?: Record<string, string>
  /** The largest mail that it takes. Default: as deployed. */
  maxMailBytes?: number
}

export interface Postfix {
  /** Where mail clients send. */
  port: number
  /** Where Kuvert hands mail to. */
  reinjectionPort: number
  log(): Promise<string>
  /** Stops every process of it and removes its folder. */
  stop(): Promise<void>
}

/** Whether Postfix is here and can be started: only root can. Use: `describe.skipIf(!canStartPostfix())`. */
export function canStartPostfix(): boolean {
  return process.getuid?.() === 0 && findServer('postfix') !== undefined
}

/** Starts a Postfix of its own, with the settings of `deploy/postfix/`, on free ports of 127.0.0.1. */
export async function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'kuvert-test-postfix-'))
  // Its processes run as another user.
  await chmod(folder, 0o755)
  const port = await freePort()
  const reinjectionPort = options.reinjectionPort ?? (await freePort())
  const config = join(folder, 'config')
  await writeConfiguration(folder, config, options, port, reinjectionPort)
  const postfix = (command: string) => run(findServer('postfix') as string, ['-c', config, command])
  const log = () => readFile(join(folder, 'log'), 'utf8').catch(() => '')
  try {
    await postfix('start')
  } catch (error) {
    throw new Error(`Postfix does not start:\n${await log()}`, { cause: error })
  }
  const master = Number((await readFile(join(folder, 'queue', 'pid', 'master.pid'), 'utf8')).trim())
  return {
    port,
    reinjectionPort,
    log,
    stop: async () => {
      // All of its processes are in the master's process group.
      signalGroup(master, 'SIGTERM')
      for (let tries = 0; signalGroup(master, tries < 100 ? 0 : 'SIGKILL'); tries++) {
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function writeConfiguration(
  folder: string,
  config: string,
  options: PostfixOptions,
  port: number,
  reinjectionPort: number,
) {
  const words = {
    HOSTNAME: 'postfix.test',
    ADDRESSES: '127.0.0.1',
    RELAYHOST: `[127.0.0.1]:${options.relayPort ?? 9}`,
    TLS: options.tls ? 'may' : 'none',
    CERTIFICATE: options.tls?.certificate ?? '',
    KEY: options.tls?.key ?? '',
    SUBMISSION: `127.0.0.1:${port}`,
    KUVERT_ADDRESS: '127.0.0.1',
    KUVERT_PORT: String(options.kuvertPort ?? 9),
    REINJECTION: String(reinjectionPort),
  }
  // What differs from a Postfix in production: where its files are.
  const own = [
    `queue_directory = ${join(folder, 'queue')}`,
    `data_directory = ${join(folder, 'data')}`,
    `maillog_file = ${join(folder, 'log')}`,
    `maillog_file_prefixes = ${folder}`,
    'alias_maps =',
    'alias_database =',
    'multi_instance_name =',
    'multi_instance_directories =',
    'minimal_backoff_time = 1s',
    'queue_run_delay = 1s',
    ...(options.maxMailBytes === undefined ? [] : [`message_size_limit = ${options.maxMailBytes}`]),
    ...(options.relayPort === undefined ? ['default_transport = discard:', 'relayhost ='] : []),
  ]
  await mkdir(config)
  await mkdir(join(folder, 'queue'))
  await mkdir(join(folder, 'data'))
  await chown(join(folder, 'data'), await userId('postfix'), 0)
  const mainCf = await fillIn('main.cf', words)
  const masterCf = await fillIn('master.cf', words)
  await writeFile(join(config, 'main.cf'), `${withoutSettings(mainCf, own)}\n${own.join('\n')}\n`)
  const filtered = options.kuvertPort !== undefined
  await writeFile(
    join(config, 'master.cf'),
    filtered ? masterCf : masterCf.replace(/^ *-o content_filter=kuvert.*\n/m, ''),
  )
  const refused = Object.entries(options.refuse ?? {}).map(([address, reply]) => `${address} ${reply}\n`)
  await writeFile(join(config, 'refused_recipients'), (await fillIn('refused_recipients', {})) + refused.join(''))
}

async function fillIn(name: string, words: Record<string, string>): Promise<string> {
  const text = await readFile(new URL(name, deployed), 'utf8')
  return text.replace(/^([^#].*)$/gm, line =>
    line.replace(/@([A-Z_]+)@/g, (_, word: string) => {
      const value = words[word]
      if (value === undefined) throw new Error(`${name} has a word that the tests do not know: ${word}`)
      return value
    }),
  )
}

/** Leaves out the settings that others replace: Postfix would warn of two. */
function withoutSettings(mainCf: string, replaced: string[]): string {
  const names = new Set(replaced.map(line => line.split(' ', 1)[0]))
  return mainCf
    .split('\n')
    .filter(line => !names.has(line.split(' ', 1)[0]))
    .join('\n')
}

async function userId(name: string): Promise<number> {
  return Number((await run('id', ['-u', name])).stdout)
}

/** Signals a process group; false when there is none any more. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}
